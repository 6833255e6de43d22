from __future__ import annotations

import pytest

from tests.contract.sockets_rules import TableSocketsContract
from tests.contract.storage_contract import ConcurrencyRules, ExactLimitRules, Table, TableContract
from tests.engines_fixtures import make_table

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def table(ministack_endpoint: str) -> Table:
    return Table.at(ministack_endpoint, make_table(ministack_endpoint))


class TestMiniStack(TableContract, ExactLimitRules, ConcurrencyRules):
    pass


class TestMiniStackSockets(TableSocketsContract):
    pass
