"""What a WebSocket client does, as API Gateway hands it to a function.

Events of a WebSocket API with Lambda proxy integrations:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
and, for what each field of ``requestContext`` means,
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

CONNECT: Final = "$connect"
DISCONNECT: Final = "$disconnect"
DEFAULT: Final = "$default"

STAGE: Final = "local"
API_ID: Final = "local"


def new_id() -> str:
    """Make an id as API Gateway does: 16 characters of base64, the last one ``=``."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def epoch_ms() -> int:
    """Give the time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who is at the other end of a connection.

    Parameters
    ----------
    host : str
        The host that the client asked for.
    source_ip, user_agent : str
        The client's.
    headers : Sequence
        Name and value of each header of its request for an upgrade.
    query : str
        The query of that request, without the ``?``.
    connection_id : str
        Of the connection.
    connected_at_ms : int
        When it came, in milliseconds since 1970.
    """

    host: str
    source_ip: str
    user_agent: str
    headers: Sequence[tuple[str, str]] = ()
    query: str = ""
    connection_id: str = field(default_factory=new_id)
    connected_at_ms: int = field(default_factory=epoch_ms)


def read(body: str) -> dict[str, Any]:
    """Read a message; empty, if it is no JSON object."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def route_of(document: Mapping[str, Any], routes: Collection[str]) -> str | None:
    """Choose the route of a message, by ``$request.body.action``.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html:
    what is not JSON, has no such property or names no route of the API, goes to ``$default``.

    Parameters
    ----------
    document : Mapping
        The message, as `read` gives it.
    routes : Collection of str
        The keys of the API's routes.

    Returns
    -------
    str or None
        The route's key; None: there is no ``$default`` either.
    """
    action = document.get("action")
    if isinstance(action, str) and action in routes and not action.startswith("$"):
        return action
    return DEFAULT if DEFAULT in routes else None


def connect_event(client: Client) -> dict[str, Any]:
    """Make the event of ``$connect``."""
    joined: dict[str, list[str]] = {}
    for name, value in client.headers:
        joined.setdefault(name.title(), []).append(value)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(client.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    event: dict[str, Any] = {
        "headers": {name: values[-1] for name, values in joined.items()},
        "multiValueHeaders": joined,
        "requestContext": _context(client, CONNECT, "CONNECT"),
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
        event["multiValueQueryStringParameters"] = query
    return event


def message_event(client: Client, route: str, body: str) -> dict[str, Any]:
    """Make the event of a message."""
    context = {**_context(client, route, "MESSAGE"), "messageId": new_id()}
    return {"requestContext": context, "body": body, "isBase64Encoded": False}


def disconnect_event(client: Client, code: int, reason: str) -> dict[str, Any]:
    """Make the event of ``$disconnect``.

    Parameters
    ----------
    client : Client
        Who is gone.
    code, reason : int, str
        Of the close frame, https://www.rfc-editor.org/rfc/rfc6455#section-7.4.
    """
    context = {
        **_context(client, DISCONNECT, "DISCONNECT"),
        "disconnectStatusCode": code,
        "disconnectReason": reason,
    }
    headers = {"Host": client.host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": context,
        "isBase64Encoded": False,
    }


def _context(client: Client, route: str, event_type: str) -> dict[str, Any]:
    request_id = new_id()
    now = datetime.now(UTC)
    return {
        "routeKey": route,
        "eventType": event_type,
        "extendedRequestId": request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "messageDirection": "IN",
        "stage": STAGE,
        "connectedAt": client.connected_at_ms,
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "identity": {"sourceIp": client.source_ip, "userAgent": client.user_agent},
        "requestId": request_id,
        "domainName": client.host,
        "connectionId": client.connection_id,
        "apiId": API_ID,
    }
