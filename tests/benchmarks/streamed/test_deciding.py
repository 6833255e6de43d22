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


def _event(number: int, action: dict[str, Any], order_id: str = "so-1") -> Event:
    return Event(order_id, f"e-{number}", encode(action), f"c-{number}")


def _texts(state: str, action: Action) -> str:
    if action.payload == "fail":
        raise KeyError("x")
    return f"{state}{action.payload}"


NOTES = create_slice(name="notes", initial_state="", reducers={"added": _texts}).reducer


def _note(number: int, text: str) -> Event:
    return _event(number, {"type": "notes/added", "payload": text})


def test_events_are_reduced_in_order() -> None:
    decision = decide(REDUCER, Order("so-1"), [_event(1, CREATED), _event(2, CONFIRMED)])
    assert (decision.expected_version, decision.order.version) == (0, 2)
    assert decision.order.state_text is not None
    state = decode(decision.order.state_text)
    assert (state["status"], state["customer"]) == ("confirmed", ORDER["customer"])
    assert [
        (one.event_id, one.connection_id, one.version, one.status)
        for one in decision.order.outcomes
    ] == [("e-1", "c-1", 1, "applied"), ("e-2", "c-2", 2, "applied")]


def test_a_refused_event_changes_nothing_and_says_why() -> None:
    decision = decide(REDUCER, Order("so-1"), [_event(1, CREATED), _event(2, CREATED)])
    applied, refused = decision.order.outcomes
    assert (applied.status, refused.status) == ("applied", "rejected")
    assert decision.order.version == refused.version == 1
    assert (
        decision.order.state_text
        == decide(REDUCER, Order("so-1"), [_event(1, CREATED)]).order.state_text
    )
    assert refused.problem is not None
    assert (refused.problem["code"], refused.problem["status"]) == ("already-exists", 422)


def test_an_order_that_had_only_refusals_is_none_yet() -> None:
    decision = decide(REDUCER, Order("so-1"), [_event(1, CONFIRMED)])
    assert (decision.order.version, decision.order.state_text) == (0, None)
    assert decision.order.outcomes[0].status == "rejected"


def test_a_reducer_that_fails_stops_nothing() -> None:
    decision = decide(NOTES, Order("n"), [_note(1, "a"), _note(2, "fail"), _note(3, "b")])
    assert decision.order.state_text == '"ab"'
    failed = decision.order.outcomes[1]
    assert failed.problem is not None
    assert failed.problem["type"] == "/problems/reducer-failed"
    assert [failure.action_type for failure in decision.failures] == ["notes/added"]


def test_a_state_that_no_message_can_carry_is_refused() -> None:
    fits, too_much = "x" * (MAX_STATE_BYTES - 2), "x"
    decision = decide(NOTES, Order("n"), [_note(1, fits), _note(2, too_much)])
    applied, refused = decision.order.outcomes
    assert applied.status == "applied"
    assert refused.problem is not None
    assert refused.problem["type"] == "/problems/too-large"
    assert refused.problem["limitBytes"] == MAX_STATE_BYTES


def test_a_transaction_takes_so_many_events() -> None:
    events = [_note(number, "a") for number in range(MAX_EVENTS + 1)]
    assert len(decide(NOTES, Order("n"), events).order.outcomes) == MAX_EVENTS


def test_a_transaction_takes_so_many_bytes() -> None:
    half = {"type": "notes/added", "payload": "a", "meta": "m" * (MAX_EVENT_BYTES // 2)}
    events = [_event(number, half) for number in range(3)]
    assert len(decide(NOTES, Order("n"), events).order.outcomes) == 1


@pytest.mark.parametrize(
    "broken", ["{", "7", '{"kind":"a"}', encode({"type": "notes/renamed", "payload": ""})]
)
def test_an_event_that_nobody_understands_is_not_decided(broken: str) -> None:
    stranger = Event("n", "e-2", broken, "c")
    decision = decide(NOTES, Order("n"), [_note(1, "a"), stranger, _note(3, "b")])
    assert [one.event_id for one in decision.order.outcomes] == ["e-1"]
    with pytest.raises(CorruptItem, match="/orders/n/events/e-2"):
        decide(NOTES, decision.order, [stranger, _note(3, "b")])


def test_a_state_that_nobody_understands_decides_nothing() -> None:
    count = create_slice(name="n", initial_state=0, reducers={"up": lambda state, _: state + 1})
    reducer = combine_reducers({"count": count})
    with pytest.raises(UnknownSliceState):
        decide(reducer, Order("n", 1, '{"total":7}'), [_event(1, {"type": "n/up"})])
