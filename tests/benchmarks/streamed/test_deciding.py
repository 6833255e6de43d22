from __future__ import annotations

from typing import Any

import pytest

from benchmarks.orders import ORDER
from roundtrip.errors import CorruptItem, UnknownSliceState
from roundtrip.redux import Action, combine_reducers, create_slice
from roundtrip.redux.jsontext import decode, encode
from streamed.deciding import MAX_EVENT_BYTES, MAX_EVENTS, MAX_STATE_BYTES, decide
from streamed.orders import ORDERS
from streamed.records import Event, Order
from tests.benchmarks.streamed.design import CONFIRMED, CREATED

REDUCER = ORDERS.reducer
EMPTY = Order("so-1")


def event(number: int, action: dict[str, Any]) -> Event:
    return Event("so-1", f"e-{number}", encode(action), f"c-{number}")


def joined(state: str, action: Action) -> str:
    if action.payload == "fail":
        raise KeyError("x")
    return f"{state}{action.payload}"


NOTES = create_slice(name="notes", initial_state="", reducers={"added": joined}).reducer


def note(number: int, text: str) -> Event:
    return event(number, {"type": "notes/added", "payload": text})


def test_events_are_applied_in_order() -> None:
    decision = decide(REDUCER, EMPTY, [event(1, CREATED), event(2, CONFIRMED)])
    assert (decision.expected_version, decision.order.version) == (0, 2)
    assert decision.order.state_text is not None
    state = decode(decision.order.state_text)
    assert (state["status"], state["customer"]) == ("confirmed", ORDER["customer"])
    outcomes = [(one.event_id, one.connection_id, one.version) for one in decision.order.outcomes]
    assert outcomes == [("e-1", "c-1", 1), ("e-2", "c-2", 2)]
    assert {one.status for one in decision.order.outcomes} == {"applied"}


def test_a_rejected_event_changes_nothing_and_says_why() -> None:
    decision = decide(REDUCER, EMPTY, [event(1, CREATED), event(2, CREATED)])
    applied, rejected = decision.order.outcomes
    assert (applied.status, rejected.status) == ("applied", "rejected")
    assert decision.order.version == rejected.version == 1
    alone = decide(REDUCER, EMPTY, [event(1, CREATED)])
    assert decision.order.state_text == alone.order.state_text
    assert rejected.problem is not None
    assert (rejected.problem["code"], rejected.problem["status"]) == ("already-exists", 422)


def test_an_order_with_rejected_events_only_has_no_state() -> None:
    decision = decide(REDUCER, EMPTY, [event(1, CONFIRMED)])
    assert (decision.order.version, decision.order.state_text) == (0, None)
    assert decision.order.outcomes[0].status == "rejected"


def test_a_reducer_that_fails_stops_nothing() -> None:
    decision = decide(NOTES, EMPTY, [note(1, "a"), note(2, "fail"), note(3, "b")])
    assert decision.order.state_text == '"ab"'
    failed = decision.order.outcomes[1]
    assert failed.problem is not None
    assert failed.problem["type"] == "/problems/reducer-failed"
    assert [failure.action_type for failure in decision.failures] == ["notes/added"]


def test_a_state_that_does_not_fit_into_a_message_is_rejected() -> None:
    fits, too_much = "x" * (MAX_STATE_BYTES - 2), "x"
    decision = decide(NOTES, EMPTY, [note(1, fits), note(2, too_much)])
    applied, rejected = decision.order.outcomes
    assert applied.status == "applied"
    assert rejected.problem is not None
    assert rejected.problem["type"] == "/problems/too-large"
    assert rejected.problem["limitBytes"] == MAX_STATE_BYTES


LARGE = {"type": "notes/added", "payload": "a", "meta": "m" * (MAX_EVENT_BYTES // 2)}


@pytest.mark.parametrize(
    ("events", "decided"),
    [
        ([note(number, "a") for number in range(MAX_EVENTS + 1)], MAX_EVENTS),
        ([event(number, LARGE) for number in range(3)], 1),
    ],
    ids=["number", "bytes"],
)
def test_a_decision_fits_into_a_transaction(events: list[Event], decided: int) -> None:
    assert len(decide(NOTES, EMPTY, events).order.outcomes) == decided


@pytest.mark.parametrize(
    "broken", ["{", "7", '{"kind":"a"}', encode({"type": "notes/renamed", "payload": ""})]
)
def test_an_event_that_cannot_be_understood_is_not_decided(broken: str) -> None:
    stranger = Event("so-1", "e-2", broken, "c")
    decision = decide(NOTES, EMPTY, [note(1, "a"), stranger, note(3, "b")])
    assert [one.event_id for one in decision.order.outcomes] == ["e-1"]
    with pytest.raises(CorruptItem, match="/orders/so-1/events/e-2"):
        decide(NOTES, decision.order, [stranger, note(3, "b")])


def test_a_state_that_cannot_be_understood_decides_nothing() -> None:
    count = create_slice(name="n", initial_state=0, reducers={"up": lambda state, _: state + 1})
    reducer = combine_reducers({"count": count})
    with pytest.raises(UnknownSliceState):
        decide(reducer, Order("so-1", 1, '{"total":7}'), [event(1, {"type": "n/up"})])
