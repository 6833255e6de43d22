"""The events of a WebSocket API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from benchmarks.streamed_local.connections import (
    Client,
    connect_event,
    disconnect_event,
    message_event,
    read_message,
    route_of,
)

ROUTES = {"$connect", "$disconnect", "dispatch"}
CLIENT = Client(
    host="127.0.0.1:3001",
    connection_id="L0SM9cOFvHcCIhw=",
    connected_at_ms=1_700_000_000_123,
)


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ('{"action":"dispatch"}', "dispatch"),
        ('{"action":"unknown"}', "$default"),
        ('{"action":"$connect"}', "$default"),
        ('{"action":1}', "$default"),
        ('{"type":"dispatch"}', "$default"),
        ('["dispatch"]', "$default"),
        ("dispatch", "$default"),
        ("", "$default"),
    ],
)
def test_a_message_is_routed_by_its_action(body: str, route: str) -> None:
    assert route_of(read_message(body), {*ROUTES, "$default"}) == route
    assert route_of(read_message(body), ROUTES) == (None if route == "$default" else route)


@pytest.mark.parametrize(
    ("event", "route", "event_type"),
    [
        (connect_event(CLIENT), "$connect", "CONNECT"),
        (message_event(CLIENT, "dispatch", "{}"), "dispatch", "MESSAGE"),
        (disconnect_event(CLIENT, 1000, "bye"), "$disconnect", "DISCONNECT"),
    ],
)
def test_every_event_names_its_connection(
    event: dict[str, Any], route: str, event_type: str
) -> None:
    context = event["requestContext"]
    assert (context["routeKey"], context["eventType"]) == (route, event_type)
    assert context["connectionId"] == "L0SM9cOFvHcCIhw="
    assert context["connectedAt"] == 1_700_000_000_123
    assert context["messageDirection"] == "IN"
    assert context["domainName"] == "127.0.0.1:3001"
    assert context["requestId"] == context["extendedRequestId"]
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])
    assert event["isBase64Encoded"] is False
    assert json.loads(json.dumps(event)) == event


def test_only_a_message_has_a_body_and_an_id() -> None:
    event = message_event(CLIENT, "dispatch", '{"action":"dispatch"}')
    assert event["body"] == '{"action":"dispatch"}'
    assert event["requestContext"]["messageId"]
    assert "messageId" not in connect_event(CLIENT)["requestContext"]


def test_the_event_of_a_disconnect_has_its_reason() -> None:
    context = disconnect_event(CLIENT, 1001, "going away")["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1001, "going away")


def test_connection_ids_need_encoding_in_a_url() -> None:
    ids = {Client(host="").connection_id for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"[\w-]{15}=", one) for one in ids)
