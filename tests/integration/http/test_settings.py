from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.memory import MemoryStorage
from tests.integration.http.application import STORES, kept_action
from tests.integration.http.client import Api

if TYPE_CHECKING:
    from tests.integration.http.conftest import Start


@pytest.mark.parametrize("environment", [{}, {"TABLE_NAME": ""}])
def test_without_a_table_nothing_starts(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME"):
        Roundtrip(STORES, environment=environment)


@pytest.mark.parametrize("mode", ["", "none", "OPEN", "jwt", "IAM ", "NONE,IAM"])
def test_an_unknown_way_of_knowing_callers_fails_at_start(start: Start, mode: str) -> None:
    with pytest.raises(ConfigurationError, match="AUTH_MODE: expected NONE, IAM or JWT"):
        start(AUTH_MODE=mode)


def test_an_empty_tenant_claim_fails_at_start(start: Start) -> None:
    with pytest.raises(ConfigurationError, match="JWT_TENANT_CLAIM"):
        start(JWT_TENANT_CLAIM="")


def test_an_api_of_which_nothing_is_said_asks_for_iam() -> None:
    api = Api(Roundtrip(STORES, storage=MemoryStorage(), environment={}).handler)

    answer = api.post("/stores/notes/a/actions", kept_action(1))

    assert answer.status == 401
    assert "IAM" in answer.json["detail"]
