from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtrip.errors import CorruptItem
from streamed import items
from streamed.records import Event, Order, Outcome

EVENT = Event("so-1", "e-1", '{"type":"a/b"}', "c-1")
EVENT_ITEM = items.event_item(EVENT, recorded_at="now")
PROBLEM = {"type": "/problems/rejected", "details": {"missing": 3}}

texts = st.text(max_size=40) | st.integers(600, 900).map(lambda length: ("ab" * length)[:length])
names = st.text(min_size=1, max_size=5)
versions = st.integers(0, 10**12)
outcomes = st.builds(Outcome, names, names, versions, st.none() | st.just(PROBLEM))
orders = st.builds(
    Order, names, versions, st.none() | texts, st.lists(outcomes, max_size=3).map(tuple)
)


def through_lambda(item: dict[str, Any]) -> dict[str, Any]:
    """An image as a function receives it: JSON, which has no bytes."""
    image = {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }
    read: dict[str, Any] = json.loads(json.dumps(image))
    return read


@given(order=orders)
@settings(max_examples=40)
def test_an_order_survives_the_round_trip(order: Order) -> None:
    item = items.order_item(order, updated_at="now")
    assert items.order_record(item) == order
    assert items.order_record(through_lambda(item)) == order


@given(text=texts)
@settings(max_examples=40)
def test_an_event_survives_the_round_trip(text: str) -> None:
    event = Event("so-1", "e-1", text, "c-1")
    item = items.event_item(event, recorded_at="now")
    assert items.event_record(item) == event
    assert items.event_record(through_lambda(item)) == event
    assert items.outcome_record(item) is None


@pytest.mark.parametrize("text", ["é" * 255, "short", base64.b85encode(bytes(range(256))).decode()])
def test_a_text_that_compression_does_not_shorten_stays_text(text: str) -> None:
    assert items.pack(text) == {"S": text}


def test_long_texts_are_compressed() -> None:
    text = "ab" * 256
    packed = items.pack(text)
    assert len(packed["B"]) < 100
    assert items.unpack(packed) == text


def test_an_outcome_is_read_from_the_item_of_its_event() -> None:
    applied = EVENT_ITEM | {"status": {"S": "applied"}, "version": {"N": "4"}}
    assert items.outcome_record(applied) == Outcome("e-1", "c-1", 4, None)
    rejected = EVENT_ITEM | {
        "status": {"S": "rejected"},
        "problem": items.pack(json.dumps(PROBLEM)),
    }
    assert items.outcome_record(rejected) == Outcome("e-1", "c-1", 0, PROBLEM)


@pytest.mark.parametrize("without", ["id", "eventId", "action", "connectionId"])
def test_an_item_that_is_no_event_is_refused(without: str) -> None:
    item = {name: value for name, value in EVENT_ITEM.items() if name != without}
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
def test_an_item_that_is_no_order_is_refused(change: dict[str, Any]) -> None:
    item = items.order_item(Order("so-1", 1, "{}"), updated_at="now") | change
    with pytest.raises(CorruptItem, match="so-1"):
        items.order_record(item)


def test_an_item_without_a_valid_outcome_is_refused() -> None:
    with pytest.raises(CorruptItem):
        items.outcome_record(EVENT_ITEM | {"status": {"S": "applied"}, "version": {"N": "x"}})
