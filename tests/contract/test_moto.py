from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from roundtrip_devtools.table import ensure_table
from tests.contract.storage_contract import Table, TableContract
from tests.engines_fixtures import definition

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def moto() -> Iterator[Table]:
    with mock_aws():
        yield Table.at(None, "roundtrip")


@pytest.fixture
def table(moto: Table) -> Iterator[Table]:
    # Fresh for each test: a transaction copies all that there is.
    ensure_table(moto.client, definition(), moto.name)
    yield moto
    moto.client.delete_table(TableName=moto.name)


class TestMoto(TableContract):
    # Without ConcurrencyRules, because moto's memory has no lock. Without ExactLimitRules, because
    # moto limits the base64 text of a binary attribute, a third more than AWS does.
    pass
