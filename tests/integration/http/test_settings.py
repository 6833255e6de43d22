from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import ConfigurationError
from tests.integration.http.application import kept_action

if TYPE_CHECKING:
    from tests.integration.http.conftest import Start


@pytest.mark.parametrize("name", [None, ""])
def test_without_a_table_nothing_starts(start: Start, name: str | None) -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME"):
        start(TABLE_NAME=name)


@pytest.mark.parametrize("mode", ["", "none", "OPEN", "jwt", "IAM ", "NONE,IAM"])
def test_an_unknown_way_of_knowing_callers_fails_at_start(start: Start, mode: str) -> None:
    with pytest.raises(ConfigurationError, match="AUTH_MODE: expected NONE, IAM or JWT"):
        start(AUTH_MODE=mode)


def test_an_empty_tenant_claim_fails_at_start(start: Start) -> None:
    with pytest.raises(ConfigurationError, match="JWT_TENANT_CLAIM"):
        start(JWT_TENANT_CLAIM="")


def test_an_api_of_which_nothing_is_said_asks_for_iam(start: Start) -> None:
    container = start(AUTH_MODE=None)

    answer = container.api().post("/stores/contacts/a/actions", kept_action(1))

    assert answer.status == 401
    assert "IAM" in answer.json["detail"]
