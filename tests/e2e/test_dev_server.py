from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from roundtrip_devtools import cli
from roundtrip_devtools.credentials import Open
from roundtrip_devtools.smoke.cases import CASES
from roundtrip_devtools.smoke.client import Client
from tests.e2e.targets import NOT_ASKED, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

_LINE = re.compile(r"(ok|not asked|FAILED) +([a-z-]+) +(?:(\w+): )?.*")


@pytest.fixture(scope="module")
def client(dev_server_url: str) -> Iterator[Client]:
    with closing(Client(dev_server_url, Open())) as one:
        yield one


def test_every_case_passes_for_every_store(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(["smoke", "--url", client.url, "--auth", "open", "--origin", ORIGIN])
    _, *lines, totals = capsys.readouterr().out.splitlines()
    outcomes = {found.group(3, 2): found[1] for line in lines if (found := _LINE.fullmatch(line))}
    assert (code, len(outcomes)) == (0, len(lines)), lines
    not_asked = {(store, name) for store, names in NOT_ASKED.items() for name in names}
    assert {one for one, outcome in outcomes.items() if outcome != "ok"} == not_asked
    # Each case at least once: for the store that has all that a case can be about.
    passed = {name for (_, name), outcome in outcomes.items() if outcome == "ok"}
    # No example has a slice of entities.
    assert passed == {case.name for case in CASES} - {"entities-of-a-slice"}
    assert totals.endswith(", 0 FAILED.")


def test_the_document_is_openapi_3_1(client: Client) -> None:
    document = client.send("GET", "/openapi.json").document
    OpenAPIV31SpecValidator(document).validate()
