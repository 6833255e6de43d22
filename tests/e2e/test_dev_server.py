from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from roundtrip_devtools import cli
from roundtrip_devtools.smoke.cases import CASES
from tests.e2e.targets import ORIGIN, check, open_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.cases import Case
    from roundtrip_devtools.smoke.run import Target

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def target(dev_server_url: str) -> Iterator[Target]:
    with open_target(dev_server_url) as one:
        yield one


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, target: Target) -> None:
    check(case, target)


def test_the_command(dev_server_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["smoke", "--url", dev_server_url, "--auth", "open", "--origin", ORIGIN]) == 0
    said = capsys.readouterr().out.splitlines()
    outcomes = [line[:10].strip() for line in said[1:-1]]
    # Each case at least once: of the store that has all there is to be asked for.
    assert outcomes.count("ok") > len(CASES)
    assert set(outcomes) == {"ok", "not asked"}
    assert said[-1].endswith(", 0 FAILED.")


def test_the_document_is_openapi_3_1(target: Target) -> None:
    document = target.client.send("GET", "/openapi.json").document
    OpenAPIV31SpecValidator(document).validate()
