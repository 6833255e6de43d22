from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.errors import CorruptItem
from streamed import items
from streamed.records import Event, Order, Outcome

EVENT = Event("so-1", "e-1", '{"type":"a/b"}', "c-1")
PROBLEM = {"type": "/problems/rejected", "details": {"missing": 3}}

texts = st.text(max_size=40) | st.text(alphabet="ab", min_size=600, max_size=900)
outcomes = st.builds(
    Outcome,
    event_id=st.text(min_size=1, max_size=5),
    connection_id=st.text(min_size=1, max_size=5),
    version=st.integers(0, 10**12),
    problem=st.none() | st.just(PROBLEM),
)
orders = st.builds(
    Order,
    id=st.text(min_size=1, max_size=5),
    version=st.integers(0, 10**12),
    state_text=st.none() | texts,
    outcomes=st.lists(outcomes, max_size=3).map(tuple),
)


def _through_lambda(item: dict[str, Any]) -> dict[str, Any]:
    """An image as a function is given it: JSON, which has no bytes."""
    image = {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }
    read: dict[str, Any] = json.loads(json.dumps(image))
    return read


@given(order=orders)
def test_an_order_comes_back_as_it_was(order: Order) -> None:
    item = items.order_item(order, updated_at="now")
    assert items.order_record(item) == order
    assert items.order_record(_through_lambda(item)) == order


@given(text=texts)
def test_an_event_comes_back_as_it_was(text: str) -> None:
    event = Event("so-1", "e-1", text, "c-1")
    item = items.event_item(event, recorded_at="now")
    assert items.event_record(item) == event
    assert items.event_record(_through_lambda(item)) == event
    assert items.outcome_record(item) is None


@pytest.mark.parametrize("text", ["é" * 255, "short", base64.b85encode(bytes(range(256))).decode()])
def test_what_compression_makes_no_smaller_stays_text(text: str) -> None:
    assert items.pack(text) == {"S": text}


def test_long_texts_are_compressed() -> None:
    text = "ab" * 256
    packed = items.pack(text)
    assert len(packed["B"]) < 100
    assert items.unpack(packed) == text


def test_what_came_of_an_event() -> None:
    item = items.event_item(EVENT, recorded_at="now")
    applied = item | {"status": {"S": "applied"}, "version": {"N": "4"}}
    assert items.outcome_record(applied) == Outcome("e-1", "c-1", 4, None)
    rejected = item | {"status": {"S": "rejected"}, "problem": items.pack(json.dumps(PROBLEM))}
    assert items.outcome_record(rejected) == Outcome("e-1", "c-1", 0, PROBLEM)


@pytest.mark.parametrize("without", ["id", "eventId", "action", "connectionId"])
def test_no_event(without: str) -> None:
    item = items.event_item(EVENT, recorded_at="now")
    del item[without]
    with pytest.raises(CorruptItem, match="event"):
        items.event_record(item)


@pytest.mark.parametrize(
    "change",
    [
        {"version": {"N": "x"}},
        {"version": {"S": "1"}},
        {"state": {"B": b"no zlib"}},
        {"outcomes": {"S": "{"}},
        {"outcomes": {"S": "[{}]"}},
    ],
)
def test_no_order(change: dict[str, Any]) -> None:
    item = items.order_item(Order("so-1", 1, "{}"), updated_at="now") | change
    with pytest.raises(CorruptItem, match="so-1"):
        items.order_record(item)


def test_no_outcome() -> None:
    item = items.event_item(EVENT, recorded_at="now")
    with pytest.raises(CorruptItem):
        items.outcome_record(item | {"status": {"S": "applied"}, "version": {"N": "x"}})
