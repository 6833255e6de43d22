"""Pushing, and the table of connections."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.orders import quantity_changed
from roundtrip.errors import StorageUnreachable
from streamed.connections import HANDSHAKE_MS, MAX_LIFE_S, Connections
from tests.benchmarks.streamed.design import (
    CONFIRMED,
    CREATED,
    MISSED,
    NOON,
    client_error,
    on_both_engines,
    sequence_numbers,
)

if TYPE_CHECKING:
    from tests.benchmarks.streamed.design import Design


def one_by_one(design: Design, client: str, *actions: dict[str, Any]) -> list[str]:
    """Dispatch and reduce actions, each in its own batch; return the ids of the events."""
    events = []
    for action in actions:
        events.append(design.dispatch(client, "so-1", action))
        design.reduce_last()
    return events


def test_everybody_is_told_of_every_event(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    first = design.dispatch(sender, "so-1", CREATED)
    second = design.dispatch(sender, "so-1", CREATED)
    design.reduce_all()
    assert design.push_all() == []
    for client in (sender, other):
        messages = design.clients.received[client]
        told = [(one["eventId"], one["status"], one["version"]) for one in messages]
        assert told == [(first, "applied", 1), (second, "rejected", 1)]
        assert messages[1]["problem"]["code"] == "already-exists"


def test_each_client_is_told_in_order(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    one_by_one(design, sender, CREATED, quantity_changed(1), quantity_changed(2), CONFIRMED)
    assert design.push_all() == []
    for client in (sender, other):
        assert [one["version"] for one in design.clients.received[client]] == [1, 2, 3, 4]


def test_the_sender_is_told_first_and_once(design: Design) -> None:
    others = [design.connect() for _ in range(3)]
    sender = design.connect()
    one_by_one(design, sender, CREATED)
    design.push_all()
    assert design.clients.order[0] == sender
    assert sorted(design.clients.order) == sorted([sender, *others])


@on_both_engines
def test_all_pages_of_the_table_are_told(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamed.connections._PAGE", 2)
    clients = [design.connect() for _ in range(5)]
    (event_id,) = one_by_one(design, clients[0], CREATED)
    assert design.push_all() == []
    assert all(len(design.clients.told(client, event_id)) == 1 for client in clients)


def test_a_client_that_has_gone_is_forgotten(design: Design) -> None:
    gone, there = design.connect(), design.connect()
    design.clients.gone.add(gone)
    design.dispatch(gone, "so-1", CREATED)
    design.dispatch(there, "so-1", CREATED)
    design.reduce_all()
    assert design.push_all() == []
    assert design.connected() == [there]
    assert len(design.clients.received[there]) == 2


@on_both_engines
def test_a_client_that_is_still_connecting_is_not_forgotten(design: Design) -> None:
    early = design.connect(connected_at=design.now)
    design.clients.gone.add(early)
    one_by_one(design, design.connect(), CREATED)
    design.push_all()
    assert early in design.connected()
    design.now += timedelta(milliseconds=HANDSHAKE_MS + 1)
    design.push_all()
    assert early not in design.connected()


@pytest.mark.parametrize("fault", [MISSED, client_error("LimitExceededException", "Post")])
def test_a_client_that_was_not_told_is_told_again(design: Design, fault: Exception) -> None:
    client = design.connect()
    events = one_by_one(design, client, CREATED, quantity_changed(1), CONFIRMED)
    stream = design.orders_stream()
    design.clients.faults = [None, fault]
    assert design.pushing.run(stream) == sequence_numbers(stream)[1:2]
    assert design.pushing.run(stream[1:]) == []
    assert all(design.clients.told(client, event) for event in events)


def test_the_first_record_that_a_client_misses_is_reported(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    one_by_one(design, sender, CREATED, quantity_changed(1), CONFIRMED)
    stream = design.orders_stream()
    # The sender is served first: it misses the last record, the other client the second.
    design.clients.faults = [None, None, MISSED, None, MISSED]
    assert design.pushing.run(stream) == sequence_numbers(stream)[1:2]
    assert [one["version"] for one in design.clients.received[sender]] == [1, 2]
    assert [one["version"] for one in design.clients.received[other]] == [1]


def test_a_client_that_cannot_be_told_delays_nobody(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    (event_id,) = one_by_one(design, sender, CREATED)
    design.clients.faults = [MISSED]
    assert design.push_all() == sequence_numbers(design.orders_stream())
    assert design.clients.told(other, event_id)


def test_without_the_table_only_the_sender_is_told_and_the_batch_fails(
    design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = design.connect()
    (event_id,) = one_by_one(design, client, CREATED)

    def pages(_: Connections) -> Any:
        raise StorageUnreachable("by the test")

    monkeypatch.setattr(Connections, "pages", pages)
    with pytest.raises(StorageUnreachable):
        design.push_all()
    assert design.clients.told(client, event_id)


def test_a_record_that_is_no_order_is_reported(design: Design) -> None:
    client = design.connect()
    (event_id,) = one_by_one(design, client, CREATED)
    (record,) = design.orders_stream()
    stranger = copy.deepcopy(record)
    stranger["dynamodb"] |= {"SequenceNumber": "7", "NewImage": {"id": {"S": "so-1"}}}
    assert design.pushing.run([record, stranger]) == ["7"]
    assert design.clients.told(client, event_id)


def test_nobody_is_told_of_a_removed_order(design: Design) -> None:
    client = design.connect()
    one_by_one(design, client, CREATED)
    (record,) = design.orders_stream()
    assert design.pushing.run([record | {"eventName": "REMOVE"}]) == []
    assert not design.clients.received[client]


def test_a_connection_is_kept_until_it_ends(design: Design) -> None:
    moment_ms = int(NOON.timestamp() * 1000)
    design.connections.add("c", connected_at_ms=moment_ms)
    (item,) = design.engine.items(design.connections_table)
    assert item == {
        "connectionId": {"S": "c"},
        "connectedAt": {"N": str(moment_ms)},
        "expiresAt": {"N": str(int(NOON.timestamp()) + MAX_LIFE_S)},
    }
    design.connections.remove("c")
    assert design.connected() == []


def test_a_connection_that_does_not_exist_can_be_removed(design: Design) -> None:
    design.connections.remove("nobody")
    design.connections.forget("nobody")
    assert design.connected() == []
