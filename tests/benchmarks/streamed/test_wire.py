from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtrip.api.http_errors import MalformedRequest
from roundtrip.errors import NotJson
from streamed import wire
from streamed.records import Order, Outcome

EVENT_ID = str(uuid.UUID(int=7))
DISPATCH = {"action": "dispatch", "id": "so-1", "eventId": EVENT_ID, "type": "a/b", "payload": {}}
GET = {"action": "get", "id": "so-1", "requestId": "r-1"}
PROBLEM = {"type": "/problems/rejected", "detail": "ä"}
ERROR = MalformedRequest("message", expected="another", received="this")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


def test_reads_a_dispatch() -> None:
    read = wire.dispatch(wire.message(json.dumps(DISPATCH)))
    assert read == wire.Dispatch("so-1", EVENT_ID, {"type": "a/b", "payload": {}})
    without = {name: value for name, value in DISPATCH.items() if name != "payload"}
    assert wire.dispatch(without).action == {"type": "a/b"}


def test_reads_a_get() -> None:
    assert wire.get(GET) == wire.Get("so-1", "r-1")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "so/1"}, "id"),
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"id": 7}, "id"),
        ({"eventId": "7"}, "eventId"),
        ({"eventId": None}, "eventId"),
        ({"meta": {}}, "message"),
    ],
)
def test_refuses_a_malformed_dispatch(change: dict[str, Any], where: str) -> None:
    with pytest.raises(MalformedRequest) as raised:
        wire.dispatch(DISPATCH | change)
    assert raised.value.where == where


@pytest.mark.parametrize("change", [{"id": "."}, {"requestId": ""}, {"requestId": "a b"}, {"x": 1}])
def test_refuses_a_malformed_get(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest):
        wire.get(GET | change)


@pytest.mark.parametrize("body", ["", "{", '{"a":1,"a":2}', '{"a":NaN}'])
def test_refuses_a_message_that_is_not_strict_json(body: str) -> None:
    with pytest.raises(NotJson):
        wire.message(body)


def test_refuses_a_message_that_is_no_object() -> None:
    with pytest.raises(MalformedRequest, match="expected an object; received list"):
        wire.message("[]")


def test_the_message_of_an_applied_event() -> None:
    order = Order("so-1", 3, '{"total":12345678901234567890}')
    assert json.loads(wire.pushed(order, Outcome(EVENT_ID, "c", 3, None))) == {
        "id": "so-1",
        "version": 3,
        "state": {"total": 12345678901234567890},
        "eventId": EVENT_ID,
        "status": "applied",
    }


def test_the_message_of_a_rejected_event() -> None:
    assert json.loads(wire.pushed(Order("so-1"), Outcome(EVENT_ID, "c", 0, PROBLEM))) == {
        "id": "so-1",
        "version": 0,
        "state": None,
        "eventId": EVENT_ID,
        "status": "rejected",
        "problem": PROBLEM,
    }


@pytest.mark.parametrize(
    ("order", "version", "state"), [(Order("so-1", 2, "[1]"), 2, [1]), (Order("so-1"), 0, None)]
)
def test_the_answer_to_a_get(order: Order, version: int, state: Any) -> None:
    answer = json.loads(wire.answer(wire.Get("so-1", 'r"1'), order))
    assert answer == {"requestId": 'r"1', "id": "so-1", "version": version, "state": state}


@given(document=st.dictionaries(st.sampled_from([*DISPATCH, *GET, "x"]), JSON))
@settings(max_examples=40)
def test_every_malformed_message_can_be_answered(document: dict[str, Any]) -> None:
    refused = json.loads(wire.refused(document, ERROR))
    assert refused["status"] == "rejected"
    assert refused["problem"]["status"] == 400
    for name in ("id", "eventId"):
        assert refused[name] in (document.get(name), None)
    assert json.loads(wire.unanswered(document, ERROR)).keys() == {"requestId", "problem"}


def test_long_ids_are_not_echoed() -> None:
    assert json.loads(wire.refused({"id": "x" * 129, "eventId": "e"}, ERROR))["id"] is None
