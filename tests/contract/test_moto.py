from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto.server import ThreadedMotoServer

from roundtrip_devtools.table import ensure_table
from tests.contract.storage_contract import Table, TableContract
from tests.engines_fixtures import definition

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def moto() -> Iterator[Table]:
    # A server, because what moto patches is botocore, which the service's client does not use.
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Table.at(f"http://{host}:{port}", "roundtrip")
    server.stop()


@pytest.fixture
def table(moto: Table) -> Iterator[Table]:
    # Fresh for each test: a transaction copies all that there is.
    ensure_table(moto.sdk, definition(), moto.name)
    yield moto
    moto.sdk.delete_table(TableName=moto.name)


class TestMoto(TableContract):
    # Without ConcurrencyRules, because moto's memory has no lock. Without ExactLimitRules, because
    # moto limits the base64 text of a binary attribute, a third more than AWS does.
    pass
