from __future__ import annotations

from typing import TYPE_CHECKING

from streamed.connections import MAX_LIFE_S
from tests.benchmarks.streamed.design import NOON

if TYPE_CHECKING:
    from tests.benchmarks.streamed.design import Design


def test_a_connection_is_kept_until_it_ends(design: Design) -> None:
    moment_ms = int(NOON.timestamp() * 1000)
    design.connections.add("c", connected_at_ms=moment_ms)
    (item,) = design.client.scan(TableName=design.connections_table)["Items"]
    assert item == {
        "connectionId": {"S": "c"},
        "connectedAt": {"N": str(moment_ms)},
        "expiresAt": {"N": str(int(NOON.timestamp()) + MAX_LIFE_S)},
    }
    design.connections.remove("c")
    assert list(design.connections.pages()) == [[]]


def test_what_is_not_there_can_be_dropped(design: Design) -> None:
    design.connections.remove("nobody")
    design.connections.forget("nobody")
    assert list(design.connections.pages()) == [[]]
