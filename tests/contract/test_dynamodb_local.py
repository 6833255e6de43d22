from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.storage.dynamodb import appends, items, requests
from tests.contract.appends import deletion, incompressible, new_append
from tests.contract.sockets_rules import TableSocketsContract
from tests.contract.storage_contract import ConcurrencyRules, ExactLimitRules, Table, TableContract
from tests.engines_fixtures import make_table

if TYPE_CHECKING:
    from roundtrip.storage.records import Append, Stream

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def table(dynamodb_local_endpoint: str) -> Table:
    return Table.at(dynamodb_local_endpoint, make_table(dynamodb_local_endpoint))


class TestDynamoDBLocal(TableContract, ExactLimitRules, ConcurrencyRules):
    pass


class TestDynamoDBLocalSockets(TableSocketsContract):
    pass


class TestTheBill:
    """The sizes that `roundtrip.storage.dynamodb.items` computes, held against AWS's own engine.

    It charges an item of exactly 1024 bytes two units where AWS documents one, so items here are
    a byte smaller. Its figures for a whole transaction are of no use: it reports each distinct
    figure among the items once, at twice the documented rate.
    """

    @pytest.mark.parametrize("size_bytes", [1, 255, 511, 512, 900, 3000, 40_000])
    @pytest.mark.parametrize("which", ["commit", "head", "receipt"])
    def test_an_item_is_never_charged_for_more_bytes_than_computed(
        self, table: Table, stream: Stream, which: str, size_bytes: int
    ) -> None:
        text = incompressible(size_bytes)
        append = new_append(
            stream,
            123_456_789,
            count=99,
            key="k",
            actor="zo\u00eb",
            state_text=text,
            actions_text=text,
            outcomes_text=text,
        )
        kinds = ("commit", "head", "receipt")
        item = dict(zip(kinds, appends.append_items(append), strict=True))[which]
        item["padding"] = {"S": ""}
        spare_bytes = -(items.item_bytes(item) + 1) % 1024
        item["padding"] = {"S": "p" * spare_bytes}
        assert items.item_bytes(item) % 1024 == 1023
        assert charged(table, item) == math.ceil(items.item_bytes(item) / 1024)

    def test_an_append_costs_two_units_for_each_that_its_items_cost_alone(
        self, table: Table, stream: Stream
    ) -> None:
        for append in (
            new_append(stream),
            new_append(stream, 2, key="k"),
            new_append(stream, 3, count=50, state_text=incompressible(4600)),
        ):
            alone = sum(charged(table, item) for item in appends.append_items(append))
            assert appends.write_units(append) == 2 * alone

    def test_only_the_first_and_the_last_append_are_charged_to_the_index(
        self, table: Table, stream: Stream
    ) -> None:
        assert charged_to_index(table, new_append(stream, key="k"))
        for version in (2, 3):
            assert not charged_to_index(table, new_append(stream, version, key=f"k{version}"))
        assert charged_to_index(table, deletion(stream, 4))


def charged(table: Table, item: items.Item) -> float:
    """What the engine charges the table for putting an item."""
    put: Any = table.sdk.put_item
    answer = put(TableName=table.name, Item=item, ReturnConsumedCapacity="INDEXES")
    units: float = answer["ConsumedCapacity"]["Table"]["CapacityUnits"]
    return units


def charged_to_index(table: Table, append: Append) -> bool:
    write: Any = table.sdk.transact_write_items
    request = requests.transact_append(table.name, append)
    (bill,) = write(**request, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    return "GlobalSecondaryIndexes" in bill
