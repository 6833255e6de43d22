"""The open connections of a WebSocket API, their events, and the management API.

For what a client does, API Gateway passes an event to a function with a Lambda proxy integration:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
The fields of ``requestContext``:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

No function reads the headers, the query and the identity of a client, which are left out.

The management API answers a POST to ``/@connections/{connectionId}`` as described at
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
with the errors that boto3's ``apigatewaymanagementapi`` client distinguishes.
"""

import base64
import contextlib
import json
import re
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

CONNECT: Final = "$connect"
DISCONNECT: Final = "$disconnect"
DEFAULT: Final = "$default"

_CONNECTION_ID: Final = re.compile(r"[A-Za-z0-9_-]{15}=")
_OK: Final = Response()


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
    connection_id: str = field(default_factory=new_id)
    connected_at_ms: int = field(default_factory=epoch_ms)


def read_message(body: str) -> dict[str, Any]:
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
    return {"requestContext": _context(client, CONNECT, "CONNECT"), "isBase64Encoded": False}


def message_event(client: Client, route: str, body: str) -> dict[str, Any]:
    """Make the event of a message."""
    context = {**_context(client, route, "MESSAGE"), "messageId": new_id()}
    return {"requestContext": context, "body": body, "isBase64Encoded": False}


def disconnect_event(client: Client, code: int, reason: str) -> dict[str, Any]:
    """Make the event of ``$disconnect``, with code and reason of the close frame."""
    context = _context(client, DISCONNECT, "DISCONNECT")
    closed = {"disconnectStatusCode": code, "disconnectReason": reason}
    return {"requestContext": {**context, **closed}, "isBase64Encoded": False}


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
        "requestId": request_id,
        "domainName": client.host,
        "connectionId": client.connection_id,
        "apiId": "local",
    }


@dataclass
class Connection:
    """An open connection."""

    client: Client
    socket: WebSocket

    async def send(self, text: str) -> None:
        """Send a message, unless the connection was closed meanwhile."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.socket.send_text(text)


class Connections(dict[str, Connection]):
    """The open connections by their ids."""

    async def manage(self, method: str, connection_id: str, body: bytes) -> Response:
        """Answer a request to the management API, of which there is only POST: it sends."""
        if not _CONNECTION_ID.fullmatch(connection_id):
            message = f"Invalid connectionId: {connection_id}"
            return failure(HTTPStatus.BAD_REQUEST, "BadRequestException", message)
        if method != "POST":
            return failure(HTTPStatus.FORBIDDEN, "ForbiddenException")
        connection = self.get(connection_id)
        if connection is None:
            return failure(HTTPStatus.GONE, "GoneException")
        await connection.send(body.decode(errors="replace"))
        return _OK


def failure(status: HTTPStatus, error: str, message: str | None = None) -> Response:
    """Make an error of the management API."""
    headers = {"x-amzn-errortype": error}
    if message is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse({"message": message}, status, headers)
