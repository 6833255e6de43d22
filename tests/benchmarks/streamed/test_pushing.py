from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from benchmarks.orders import quantity_changed
from streamed.connections import HANDSHAKE_MS
from tests.benchmarks.streamed.design import CONFIRMED, CREATED, client_error, sequence_numbers

if TYPE_CHECKING:
    from tests.benchmarks.streamed.design import Design

MISSED = EndpointConnectionError(endpoint_url="https://management")


def _connected(design: Design) -> list[str]:
    return [connection_id for page in design.connections.pages() for connection_id in page]


def test_everybody_is_told_of_every_event(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    first = design.dispatch(sender, "so-1", CREATED)
    second = design.dispatch(sender, "so-1", CREATED)
    design.reduce_all()
    assert design.push_all() == []
    for client in (sender, other):
        messages = design.clients.received[client]
        assert [(one["eventId"], one["status"]) for one in messages] == [
            (first, "applied"),
            (second, "rejected"),
        ]
        assert {one["version"] for one in messages} == {1}
        assert messages[1]["problem"]["code"] == "already-exists"


def test_each_is_told_in_order(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    for action in (CREATED, quantity_changed(1), quantity_changed(2), CONFIRMED):
        design.dispatch(sender, "so-1", action)
        design.reducers[0].run(design.events_stream()[-1:])
    assert design.push_all() == []
    for client in (sender, other):
        assert [one["version"] for one in design.clients.received[client]] == [1, 2, 3, 4]


def test_who_sent_the_event_is_told_first_and_once(design: Design) -> None:
    others = [design.connect() for _ in range(3)]
    sender = design.connect()
    order: list[str] = []
    post = design.clients.post_to_connection

    def noting(**message: Any) -> None:
        order.append(message["ConnectionId"])
        post(**message)

    design.clients.post_to_connection = noting  # type: ignore[method-assign]
    design.dispatch(sender, "so-1", CREATED)
    design.reduce_all()
    design.push_all()
    assert order[0] == sender
    assert sorted(order) == sorted([sender, *others])


def test_all_pages_of_the_table_are_told(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamed.connections._PAGE", 2)
    clients = [design.connect() for _ in range(5)]
    event_id = design.dispatch(clients[0], "so-1", CREATED)
    design.reduce_all()
    assert design.push_all() == []
    assert all(len(design.clients.told(client, event_id)) == 1 for client in clients)


def test_who_has_gone_is_forgotten(design: Design) -> None:
    gone, there = design.connect(), design.connect()
    design.clients.gone.add(gone)
    design.dispatch(gone, "so-1", CREATED)
    design.dispatch(there, "so-1", CREATED)
    design.reduce_all()
    assert design.push_all() == []
    assert _connected(design) == [there]
    assert len(design.clients.received[there]) == 2


def test_who_is_still_connecting_is_not_forgotten(design: Design) -> None:
    early = design.connect(connected_at=design.now)
    design.clients.gone.add(early)
    design.dispatch(design.connect(), "so-1", CREATED)
    design.reduce_all()
    design.push_all()
    assert early in _connected(design)
    design.now += timedelta(milliseconds=HANDSHAKE_MS + 1)
    design.push_all()
    assert early not in _connected(design)


@pytest.mark.parametrize("fault", [MISSED, client_error("LimitExceededException", "Post")])
def test_who_was_not_told_is_told_again(design: Design, fault: Exception) -> None:
    client = design.connect()
    events = []
    for action in (CREATED, quantity_changed(1), CONFIRMED):
        events.append(design.dispatch(client, "so-1", action))
        design.reducers[0].run(design.events_stream()[-1:])
    stream = design.orders_stream()
    design.clients.faults = [None, fault]
    assert design.pushing.run(stream) == sequence_numbers(stream)[1:2]
    assert design.pushing.run(stream[1:]) == []
    assert all(design.clients.told(client, event) for event in events)


def test_the_first_record_that_somebody_misses_is_reported(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    for action in (CREATED, quantity_changed(1), CONFIRMED):
        design.dispatch(sender, "so-1", action)
        design.reducers[0].run(design.events_stream()[-1:])
    stream = design.orders_stream()
    # The sender is served first: it misses the last one, the other client the second.
    design.clients.faults = [None, None, MISSED, None, MISSED]
    assert design.pushing.run(stream) == sequence_numbers(stream)[1:2]
    assert [one["version"] for one in design.clients.received[sender]] == [1, 2]
    assert [one["version"] for one in design.clients.received[other]] == [1]


def test_one_that_cannot_be_told_keeps_nobody_else_waiting(design: Design) -> None:
    sender, other = design.connect(), design.connect()
    event_id = design.dispatch(sender, "so-1", CREATED)
    design.reduce_all()
    design.clients.faults = [MISSED]
    assert design.push_all() == sequence_numbers(design.orders_stream())
    assert design.clients.told(other, event_id)


def test_without_the_table_nothing_counts_as_told(
    design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = design.connect()
    event_id = design.dispatch(client, "so-1", CREATED)
    design.reduce_all()

    def pages() -> Any:
        raise client_error("InternalServerError", "Scan")

    monkeypatch.setattr(design.connections, "pages", pages)
    stream = design.orders_stream()
    with pytest.raises(ClientError):
        design.pushing.run(stream)
    # The sender needed no table.
    assert design.clients.told(client, event_id)


def test_a_record_that_is_no_order_is_reported(design: Design) -> None:
    client = design.connect()
    event_id = design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    (record,) = design.orders_stream()
    stranger = copy.deepcopy(record)
    stranger["dynamodb"] |= {"SequenceNumber": "7", "NewImage": {"id": {"S": "so-1"}}}
    assert design.pushing.run([record, stranger]) == ["7"]
    assert design.clients.told(client, event_id)


def test_orders_that_are_taken_away_are_no_news(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    (record,) = design.orders_stream()
    assert design.pushing.run([record | {"eventName": "REMOVE"}]) == []
    assert not design.clients.received[client]
