from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.orders import ORDER
from roundtrip.redux.jsontext import decode
from streamed import items
from tests.benchmarks.streamed.design import CONFIRMED, CREATED, client_error, on_both_engines

if TYPE_CHECKING:
    from tests.benchmarks.streamed.design import Design


def test_an_action_becomes_an_event(design: Design) -> None:
    client = design.connect()
    event_id = design.dispatch(client, "so-1", CREATED)
    (item,) = design.event_items("so-1")
    event = items.event_record(item)
    assert (event.order_id, event.event_id, event.connection_id) == ("so-1", event_id, client)
    assert decode(event.action_text) == CREATED
    assert item["recordedAt"] == {"S": "2026-01-02T12:00:00.000Z"}
    assert not design.clients.received[client]


def test_a_payload_is_stored_as_its_model_makes_it(design: Design) -> None:
    payload = {"customer": "Ada", "currency": "EUR"}
    design.dispatch(design.connect(), "so-1", {"type": "salesOrders/created", "payload": payload})
    (item,) = design.event_items("so-1")
    assert decode(items.event_record(item).action_text)["payload"]["lines"] == []


@pytest.mark.parametrize(
    ("action", "slug", "where"),
    [
        ({"type": "salesOrders/painted"}, "unknown-action-type", "/type"),
        ({"type": "notes/created", "payload": {}}, "unknown-action-type", "/type"),
        ({"type": "salesOrders/created"}, "invalid-payload", "/payload"),
        (
            {"type": "salesOrders/created", "payload": ORDER | {"currency": "euro"}},
            "invalid-payload",
            "/payload/currency",
        ),
        (CONFIRMED | {"payload": {}}, "invalid-payload", "/payload"),
    ],
)
def test_an_invalid_action_is_answered_at_once(
    design: Design, action: dict[str, Any], slug: str, where: str
) -> None:
    client, other = design.connect(), design.connect()
    event_id = design.dispatch(client, "so-1", action)
    (answer,) = design.clients.received[client]
    assert (answer["id"], answer["eventId"], answer["status"]) == ("so-1", event_id, "rejected")
    assert answer["problem"]["type"] == f"/problems/{slug}"
    assert answer["problem"]["errors"][0]["loc"] == where
    assert not design.clients.received[other]
    assert not design.event_items("so-1")


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '{"action":"dispatch"}'])
def test_a_malformed_message_is_answered_at_once(design: Design, body: str) -> None:
    client = design.connect()
    design.ingestion.take(client, body)
    (answer,) = design.clients.received[client]
    assert (answer["id"], answer["eventId"], answer["status"]) == (None, None, "rejected")
    assert answer["problem"]["status"] == 400


def test_a_client_that_sends_nonsense_and_leaves_is_ignored(design: Design) -> None:
    client = design.connect()
    design.clients.gone.add(client)
    design.ingestion.take(client, "nonsense")
    assert not design.clients.received[client]


def test_a_repeated_undecided_event_is_written_once_and_not_answered(design: Design) -> None:
    first, again = design.connect(), design.connect()
    event_id = design.dispatch(first, "so-1", CREATED)
    design.dispatch(again, "so-1", CREATED, event_id=event_id)
    assert len(design.events_stream()) == 1
    assert not design.clients.received[again]
    # The push that follows reaches everybody who is connected then.
    design.reduce_all()
    design.push_all()
    assert [one["status"] for one in design.clients.told(again, event_id)] == ["applied"]


@on_both_engines
def test_a_repeated_decided_event_is_answered_at_once(design: Design) -> None:
    client = design.connect()
    applied = design.dispatch(client, "so-1", CREATED)
    rejected = design.dispatch(client, "so-1", CREATED)
    design.reduce_all()
    again = design.connect()
    design.dispatch(again, "so-1", CREATED, event_id=applied)
    design.dispatch(again, "so-1", CREATED, event_id=rejected)
    answers = design.clients.received[again]
    assert [one["status"] for one in answers] == ["applied", "rejected"]
    assert answers[1]["problem"]["code"] == "already-exists"
    assert {one["version"] for one in answers} == {1}
    assert {one["state"]["customer"] for one in answers} == {ORDER["customer"]}


def test_an_event_id_belongs_to_one_action(design: Design) -> None:
    client = design.connect()
    event_id = design.dispatch(client, "so-1", CREATED)
    design.dispatch(client, "so-1", CONFIRMED, event_id=event_id)
    (answer,) = design.clients.told(client, event_id)
    assert answer["problem"]["detail"].startswith("eventId: expected a new id for each event")
    assert len(design.events_stream()) == 1


def test_another_order_may_use_the_same_event_id(design: Design) -> None:
    event_id = str(uuid.uuid4())
    for order in ("so-1", "so-2"):
        design.dispatch(design.connect(), order, CREATED, event_id=event_id)
    assert len(design.events_stream()) == 2


def test_a_failure_of_the_sdk_is_an_error_of_the_route(design: Design) -> None:
    # API Gateway tells the sender, who repeats.
    client = design.connect()
    design.clients.faults = [client_error("InternalServerError", "PostToConnection")]
    with pytest.raises(ClientError):
        design.ingestion.take(client, json.dumps({}))
