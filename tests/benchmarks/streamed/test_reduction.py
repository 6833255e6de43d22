from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

from benchmarks.orders import quantity_changed
from roundtrip.redux.jsontext import decode
from streamed import items
from streamed.records import Order
from streamed.reduction import BATCH_TIME_S
from tests.benchmarks.streamed.design import (
    CANCELLED,
    CONFIRMED,
    CREATED,
    sequence_numbers,
)

if TYPE_CHECKING:
    import pytest

    from tests.benchmarks.streamed.design import Design


def _state(design: Design, order_id: str = "so-1") -> dict[str, Any]:
    order = design.order(order_id)
    assert order is not None
    assert order.state_text is not None
    state: dict[str, Any] = decode(order.state_text)
    return state


def _version(design: Design, order_id: str = "so-1") -> int:
    order = design.order(order_id)
    return order.version if order else 0


def test_a_creation_is_one_write_and_no_read(design: Design) -> None:
    event_id = design.dispatch(design.connect(), "so-1", CREATED)
    assert design.reduce_all() == []
    assert design.tables.calls == ["transact"]
    assert _state(design)["status"] == "draft"
    outcome = design.outcome("so-1", event_id)
    assert outcome is not None
    assert (outcome.status, outcome.version) == ("applied", 1)


def test_a_known_order_is_one_write_and_no_read(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.tables.calls.clear()
    design.dispatch(client, "so-1", quantity_changed(4))
    assert design.reducers[0].run(design.events_stream()[1:]) == []
    assert design.tables.calls == ["transact"]
    assert (_version(design), _state(design)["lines"][0]["quantity"]) == (2, 5)


def test_an_order_that_this_container_does_not_know_is_read_once(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    for number in range(2):
        design.dispatch(client, "so-1", quantity_changed(number))
    design.tables.calls.clear()
    for record in design.events_stream()[1:]:
        assert design.reducers[1].run([record]) == []
    assert design.tables.calls == ["get", "transact", "transact"]
    assert _version(design) == 3


def test_events_of_one_order_in_one_batch_are_one_write(design: Design) -> None:
    client = design.connect()
    for action in (CREATED, quantity_changed(1), CONFIRMED, CONFIRMED):
        design.dispatch(client, "so-1", action)
    assert design.reduce_all() == []
    assert design.tables.calls == ["transact"]
    assert (_version(design), _state(design)["status"]) == (3, "confirmed")
    order = design.order("so-1")
    assert order is not None
    assert [one.status for one in order.outcomes] == ["applied", "applied", "applied", "rejected"]
    assert len(design.orders_stream()) == 1


def test_more_events_than_a_transaction_takes(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    for number in range(100):
        design.dispatch(client, "so-1", quantity_changed(number))
    assert design.reduce_all() == []
    assert design.tables.calls == ["transact", "transact"]
    assert _version(design) == 101


def test_a_batch_that_comes_again_changes_nothing(design: Design) -> None:
    client = design.connect()
    for action in (CREATED, quantity_changed(1), CREATED):
        design.dispatch(client, "so-1", action)
    design.reduce_all()
    before = design.order("so-1")
    for reducer in design.reducers:
        assert reducer.run(design.events_stream()) == []
    assert design.order("so-1") == before
    assert len(design.orders_stream()) == 1


def test_the_part_of_a_batch_that_is_new_is_decided(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.dispatch(client, "so-1", CONFIRMED)
    # The other container takes the first event for a creation, and learns that it is not.
    assert design.reducers[1].run(design.events_stream()) == []
    assert (_version(design), _state(design)["status"]) == (2, "confirmed")


def test_one_record_twice_in_a_batch_counts_once(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    assert design.reducers[0].run(design.events_stream() * 2) == []
    assert _version(design) == 1


def test_two_containers_on_one_order_go_on_from_each_other(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    for number in range(6):
        design.dispatch(client, "so-1", quantity_changed(number))
    for number, record in enumerate(design.events_stream()):
        assert design.reducers[number % 2].run([record]) == []
    assert (_version(design), _state(design)["lines"][0]["quantity"]) == (7, 6)


def test_a_refusal_by_an_old_state_is_not_believed(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.dispatch(client, "so-1", CONFIRMED)
    design.dispatch(client, "so-1", CANCELLED)
    design.dispatch(client, "so-1", CANCELLED)
    _, confirmed, cancelled, again = design.events_stream()
    design.reducers[1].run([confirmed])
    # For the first container the order is a draft still.
    design.reducers[0].run([cancelled, again])
    order = design.order("so-1")
    assert order is not None
    assert [one.status for one in order.outcomes] == ["applied", "rejected"]
    assert order.version == 3


def test_the_first_event_of_an_order_may_be_refused(design: Design) -> None:
    event_id = design.dispatch(design.connect(), "so-1", CONFIRMED)
    assert design.reduce_all() == []
    assert design.order("so-1") is not None
    assert design.get("so-1") == {"requestId": "r", "id": "so-1", "version": 0, "state": None}
    outcome = design.outcome("so-1", event_id)
    assert outcome is not None
    assert outcome.problem is not None
    assert outcome.problem["code"] == "not-created"
    design.dispatch(design.connect(), "so-1", CREATED)
    assert design.reducers[1].run(design.events_stream()) == []
    assert _version(design) == 1


def test_an_order_that_vanished_begins_anew(design: Design) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    design.client.delete_item(TableName=design.orders_table, Key=items.order_key("so-1"))
    design.dispatch(client, "so-1", CREATED)
    assert design.reducers[0].run(design.events_stream()[1:]) == []
    assert _version(design) == 1


def test_an_event_that_vanished_is_passed_over(design: Design) -> None:
    event_id = design.dispatch(design.connect(), "so-1", CREATED)
    stream = design.events_stream()
    design.client.delete_item(TableName=design.events_table, Key=items.event_key("so-1", event_id))
    assert design.reducers[0].run(stream) == []
    assert design.order("so-1") is None
    assert design.event_items("so-1") == []


def test_the_outcomes_written_on_events_are_no_events(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    design.reduce_all()
    (record,) = design.events_stream()
    design.tables.calls.clear()
    assert design.reducers[0].run([record | {"eventName": "MODIFY"}]) == []
    assert design.tables.calls == []


def test_an_answer_that_was_lost_comes_again_and_counts_once(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    stream = design.events_stream()
    design.tables.faults = ["answer lost"]
    assert design.reducers[0].run(stream) == sequence_numbers(stream)
    assert design.reducers[0].run(stream) == []
    assert _version(design) == 1


def test_a_busy_item_is_waited_for(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    design.tables.faults = ["contended"] * 3
    assert design.reduce_all() == []
    assert _version(design) == 1
    assert design.slept_s == [0.005, 0.01, 0.02]


def test_a_batch_does_not_wait_for_ever(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    design.tables.faults = ["contended"] * 100
    assert design.reduce_all() == sequence_numbers(design.events_stream())
    assert sum(design.slept_s) < BATCH_TIME_S


def test_an_order_that_fails_stops_no_other(design: Design) -> None:
    client = design.connect()
    for order in ("so-1", "so-2", "so-1"):
        design.dispatch(client, order, CREATED)
    stream = design.events_stream()
    design.tables.faults = ["throttled"]
    failed = design.reducers[0].run(stream)
    assert failed == sequence_numbers(stream)[:1]
    assert (_version(design, "so-1"), _version(design, "so-2")) == (0, 1)
    assert design.reducers[0].run(stream) == []
    assert (_version(design, "so-1"), _version(design, "so-2")) == (1, 1)


def test_a_poisoned_event_is_reported_and_what_stands_before_it_is_decided(
    design: Design, caplog: pytest.LogCaptureFixture
) -> None:
    client = design.connect()
    for action in (CREATED, CONFIRMED, CANCELLED):
        design.dispatch(client, "so-1", action)
    stream = copy.deepcopy(design.events_stream())
    stream[1]["dynamodb"]["NewImage"]["action"] = {"S": '{"type":"salesOrders/painted"}'}
    with caplog.at_level(logging.ERROR, "streamed"):
        assert design.reducers[0].run(stream) == sequence_numbers(stream)[1:2]
    assert "no reducer knows the type 'salesOrders/painted'" in caplog.text
    assert (_version(design), _state(design)["status"]) == (1, "draft")
    # Once Lambda has given it up, what stands behind it goes on.
    assert design.reducers[0].run(stream[2:]) == []
    assert (_version(design), _state(design)["status"]) == (2, "cancelled")


def test_a_record_that_is_no_event_is_reported_alone(design: Design) -> None:
    design.dispatch(design.connect(), "so-1", CREATED)
    (record,) = design.events_stream()
    stranger = copy.deepcopy(record)
    stranger["dynamodb"] |= {"SequenceNumber": "1", "NewImage": {"id": {"S": "so-1"}}}
    assert design.reducers[0].run([stranger, record]) == ["1"]
    assert _version(design) == 1


def test_a_reducer_that_fails_is_logged_with_its_trace(
    design: Design, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = design.connect()
    design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    text = '{"status":"draft","lines":null}'
    monkeypatch.setattr(design.reducers[1], "_find", lambda *_: Order("so-1", 1, text))
    event_id = design.dispatch(client, "so-1", quantity_changed(1))
    with caplog.at_level(logging.ERROR, "streamed"):
        assert design.reducers[1].run(design.events_stream()[1:]) == []
    assert "TypeError" in caplog.text
    outcome = design.outcome("so-1", event_id)
    assert outcome is not None
    assert outcome.problem is not None
    assert outcome.problem["type"] == "/problems/reducer-failed"
