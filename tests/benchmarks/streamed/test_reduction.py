"""Reduction, and reading what it wrote."""

from __future__ import annotations

import copy
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.orders import ORDER, quantity_changed
from roundtrip.redux.jsontext import decode
from streamed import items
from streamed.records import Order
from streamed.reduction import BATCH_TIME_S, Reduction
from tests.benchmarks.streamed.design import (
    CANCELLED,
    CONFIRMED,
    CREATED,
    on_both_engines,
    sequence_numbers,
)

if TYPE_CHECKING:
    from tests.benchmarks.streamed.design import Design


@pytest.fixture
def client(design: Design) -> str:
    return design.connect()


def state(design: Design) -> dict[str, Any]:
    order = design.order()
    assert order is not None
    assert order.state_text is not None
    found: dict[str, Any] = decode(order.state_text)
    return found


def version(design: Design, order_id: str = "so-1") -> int:
    order = design.order(order_id)
    return order.version if order else 0


def last_statuses(design: Design) -> list[str]:
    order = design.order()
    return [one.status for one in order.outcomes] if order else []


def test_a_creation_is_one_write_and_no_read(design: Design, client: str) -> None:
    event_id = design.dispatch(client, "so-1", CREATED)
    assert design.reduce_all() == []
    assert design.tables.calls == ["TransactWriteItems"]
    assert state(design)["status"] == "draft"
    outcome = design.outcome("so-1", event_id)
    assert (outcome.status, outcome.version) == ("applied", 1)


def test_a_known_order_is_one_write_and_no_read(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.tables.calls.clear()
    design.dispatch(client, "so-1", quantity_changed(4))
    assert design.reduce_last() == []
    assert design.tables.calls == ["TransactWriteItems"]
    assert (version(design), state(design)["lines"][0]["quantity"]) == (2, 5)


def test_an_order_that_the_container_does_not_know_is_read_once(
    design: Design, client: str
) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.dispatch(client, "so-1", quantity_changed(0), quantity_changed(1))
    design.tables.calls.clear()
    for record in design.events_stream()[1:]:
        assert design.reducers[1].run([record]) == []
    assert design.tables.calls == ["GetItem", "TransactWriteItems", "TransactWriteItems"]
    assert version(design) == 3


def test_events_of_one_order_in_one_batch_are_one_write(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED, quantity_changed(1), CONFIRMED, CONFIRMED)
    assert design.reduce_all() == []
    assert design.tables.calls == ["TransactWriteItems"]
    assert (version(design), state(design)["status"]) == (3, "confirmed")
    assert last_statuses(design) == ["applied", "applied", "applied", "rejected"]
    assert len(design.orders_stream()) == 1


def test_more_events_than_a_transaction_takes(
    design: Design, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamed.deciding.MAX_EVENTS", 2)
    design.dispatch(client, "so-1", CREATED, quantity_changed(1), quantity_changed(2))
    assert design.reduce_all() == []
    assert design.tables.calls == ["TransactWriteItems"] * 2
    assert version(design) == 3


def test_a_repeated_batch_changes_nothing(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED, quantity_changed(1), CREATED)
    design.reduce_all()
    before = design.order()
    for reducer in design.reducers:
        assert reducer.run(design.events_stream()) == []
    assert design.order() == before
    assert len(design.orders_stream()) == 1


@on_both_engines
def test_the_new_part_of_a_batch_is_decided(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.dispatch(client, "so-1", CONFIRMED)
    # The other container takes the first event for a creation, and learns that it is not.
    assert design.reducers[1].run(design.events_stream()) == []
    assert (version(design), state(design)["status"]) == (2, "confirmed")


def test_a_rejection_by_a_stale_state_does_not_count(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.dispatch(client, "so-1", CONFIRMED, CANCELLED, CANCELLED)
    _, confirmed, cancelled, again = design.events_stream()
    design.reducers[1].run([confirmed])
    # In the cache of the first container the order is still a draft.
    design.reducers[0].run([cancelled, again])
    assert last_statuses(design) == ["applied", "rejected"]
    assert version(design) == 3


def test_the_first_event_of_an_order_may_be_rejected(design: Design, client: str) -> None:
    event_id = design.dispatch(client, "so-1", CONFIRMED)
    assert design.reduce_all() == []
    assert design.order() is not None
    assert design.get("so-1") == {"requestId": "r", "id": "so-1", "version": 0, "state": None}
    outcome = design.outcome("so-1", event_id)
    assert outcome.problem is not None
    assert outcome.problem["code"] == "not-created"
    design.dispatch(client, "so-1", CREATED)
    assert design.reducers[1].run(design.events_stream()) == []
    assert version(design) == 1


@on_both_engines
def test_a_deleted_order_begins_anew(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    key = items.order_key("so-1")
    design.engine.client.call("DeleteItem", {"TableName": design.orders_table, "Key": key})
    design.dispatch(client, "so-1", CREATED)
    assert design.reduce_last() == []
    assert version(design) == 1


@on_both_engines
def test_a_deleted_event_is_skipped(design: Design, client: str) -> None:
    event_id = design.dispatch(client, "so-1", CREATED)
    stream = design.events_stream()
    key = items.event_key("so-1", event_id)
    design.engine.client.call("DeleteItem", {"TableName": design.events_table, "Key": key})
    assert design.reducers[0].run(stream) == []
    assert design.order() is None
    assert design.event_items("so-1") == []


def test_an_outcome_written_on_an_event_is_no_event(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    (record,) = design.events_stream()
    assert design.reducers[0].run([record | {"eventName": "MODIFY"}]) == []
    assert design.tables.calls == []


def test_an_event_whose_answer_was_lost_counts_once(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    stream = design.events_stream()
    design.tables.faults = ["answer lost"]
    assert design.reducers[0].run(stream) == sequence_numbers(stream)
    assert design.reducers[0].run(stream) == []
    assert version(design) == 1


def test_a_busy_item_is_waited_for(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.tables.faults = ["contended"] * 3
    assert design.reduce_all() == []
    assert version(design) == 1
    assert design.slept_s == [0.005, 0.01, 0.02]


def test_a_batch_does_not_wait_for_ever(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.tables.faults = ["contended"] * 100
    assert design.reduce_all() == sequence_numbers(design.events_stream())
    assert sum(design.slept_s) < BATCH_TIME_S


def test_an_order_that_fails_stops_no_other(design: Design, client: str) -> None:
    for order in ("so-1", "so-2", "so-1"):
        design.dispatch(client, order, CREATED)
    stream = design.events_stream()
    design.tables.faults = ["throttled"]
    assert design.reducers[0].run(stream) == sequence_numbers(stream)[:1]
    assert (version(design, "so-1"), version(design, "so-2")) == (0, 1)
    assert design.reducers[0].run(stream) == []
    assert (version(design, "so-1"), version(design, "so-2")) == (1, 1)


def test_events_before_one_that_cannot_be_understood_are_decided(
    design: Design, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    design.dispatch(client, "so-1", CREATED, CONFIRMED, CANCELLED)
    stream = copy.deepcopy(design.events_stream())
    stream[1]["dynamodb"]["NewImage"]["action"] = {"S": '{"type":"salesOrders/painted"}'}
    with caplog.at_level(logging.ERROR, "streamed"):
        assert design.reducers[0].run(stream) == sequence_numbers(stream)[1:2]
    assert "no reducer knows the type 'salesOrders/painted'" in caplog.text
    assert (version(design), state(design)["status"]) == (1, "draft")
    # Once Lambda has given up that event, the next ones follow.
    assert design.reducers[0].run(stream[2:]) == []
    assert (version(design), state(design)["status"]) == (2, "cancelled")


def test_a_record_that_is_no_event_is_reported_alone(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    (record,) = design.events_stream()
    stranger = copy.deepcopy(record)
    stranger["dynamodb"] |= {"SequenceNumber": "1", "NewImage": {"id": {"S": "so-1"}}}
    assert design.reducers[0].run([stranger, record]) == ["1"]
    assert version(design) == 1


def test_a_reducer_that_fails_is_logged_with_its_trace(
    design: Design, client: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    broken = Order("so-1", 1, '{"status":"draft","lines":null}')
    monkeypatch.setattr(Reduction, "_find", lambda *_: broken)
    event_id = design.dispatch(client, "so-1", quantity_changed(1))
    with caplog.at_level(logging.ERROR, "streamed"):
        assert design.reduce_last() == []
    assert "TypeError" in caplog.text
    outcome = design.outcome("so-1", event_id)
    assert outcome.problem is not None
    assert outcome.problem["type"] == "/problems/reducer-failed"


def test_a_get_reads_the_order_after_the_last_decided_event(design: Design, client: str) -> None:
    design.dispatch(client, "so-1", CREATED)
    assert design.get("so-1") == {"requestId": "r", "id": "so-1", "version": 0, "state": None}
    design.reduce_all()
    answer = design.get("so-1")
    assert (answer["version"], answer["state"]["customer"]) == (1, ORDER["customer"])


@pytest.mark.parametrize(
    ("body", "request_id"),
    [("", None), ('{"requestId":"r","id":"/"}', "r"), ('{"id":"so-1"}', None)],
)
def test_a_malformed_get_is_answered(design: Design, body: str, request_id: str | None) -> None:
    answer = json.loads(design.reading.answer(body))
    assert answer["requestId"] == request_id
    assert answer["problem"]["status"] == 400
