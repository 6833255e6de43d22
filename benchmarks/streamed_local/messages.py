"""The events that API Gateway passes to a function for what a WebSocket client does.

Events of a WebSocket API with Lambda proxy integrations:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
The fields of ``requestContext``:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import base64
import json
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

CONNECT: Final = "$connect"
DISCONNECT: Final = "$disconnect"
DEFAULT: Final = "$default"


def new_id() -> str:
    """Make an id like those of API Gateway: 16 characters of Base64, the last one ``=``."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def epoch_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, kw_only=True)
class Client:
    """The client of a connection."""

    host: str
    """The host that the client asked for."""
    source_ip: str
    user_agent: str
    headers: Sequence[tuple[str, str]] = ()
    """Of the request for the upgrade, in order."""
    query: Sequence[tuple[str, str]] = ()
    """Parameters of that request, in order."""
    connection_id: str = field(default_factory=new_id)
    connected_at_ms: int = field(default_factory=epoch_ms)


def read(body: str) -> dict[str, Any]:
    """Read a message; empty if it is not a JSON object."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def route_of(document: Mapping[str, Any], routes: Collection[str]) -> str | None:
    """Choose the key of a message's route by ``$request.body.action``.

    A message that is not JSON, has no such property or names no route of the API goes to
    ``$default``; ``None`` if the API has no such route either.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
    """
    action = document.get("action")
    if isinstance(action, str) and action in routes and not action.startswith("$"):
        return action
    return DEFAULT if DEFAULT in routes else None


def connect_event(client: Client) -> dict[str, Any]:
    """Make the event of ``$connect``."""
    event = {
        **_single_and_multiple("headers", "multiValueHeaders", client.headers, str.title),
        "requestContext": _context(client, CONNECT, "CONNECT"),
        "isBase64Encoded": False,
    }
    if client.query:
        names = ("queryStringParameters", "multiValueQueryStringParameters")
        event |= _single_and_multiple(*names, client.query)
    return event


def message_event(client: Client, route: str, body: str) -> dict[str, Any]:
    """Make the event of a message."""
    context = {**_context(client, route, "MESSAGE"), "messageId": new_id()}
    return {"requestContext": context, "body": body, "isBase64Encoded": False}


def disconnect_event(client: Client, code: int, reason: str) -> dict[str, Any]:
    """Make the event of ``$disconnect``, with code and reason of the close frame."""
    headers = {"Host": client.host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    return {
        **_single_and_multiple("headers", "multiValueHeaders", headers.items()),
        "requestContext": {
            **_context(client, DISCONNECT, "DISCONNECT"),
            "disconnectStatusCode": code,
            "disconnectReason": reason,
        },
        "isBase64Encoded": False,
    }


def _single_and_multiple(
    single: str,
    multiple: str,
    pairs: Iterable[tuple[str, str]],
    named: Callable[[str], str] = str,
) -> dict[str, Any]:
    """Return the last value, and all values, of each name."""
    joined: dict[str, list[str]] = {}
    for name, value in pairs:
        joined.setdefault(named(name), []).append(value)
    return {single: {name: values[-1] for name, values in joined.items()}, multiple: joined}


def _context(client: Client, route: str, event_type: str) -> dict[str, Any]:
    request_id = new_id()
    now = datetime.now(UTC)
    return {
        "routeKey": route,
        "eventType": event_type,
        "extendedRequestId": request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "messageDirection": "IN",
        "stage": "local",
        "connectedAt": client.connected_at_ms,
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "identity": {"sourceIp": client.source_ip, "userAgent": client.user_agent},
        "requestId": request_id,
        "domainName": client.host,
        "connectionId": client.connection_id,
        "apiId": "local",
    }
