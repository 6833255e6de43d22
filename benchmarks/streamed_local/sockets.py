"""An ASGI app that stands where API Gateway's WebSocket API and its management API stand.

Followed, with their sources:

- ``$connect`` runs before the connection is made, and a failure keeps it from being made;
  ``$disconnect`` runs when it is closed already
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html).
- What a route's function returns goes to the client only if the route has a route response
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html).
- Messages of 128 KB in frames of 32 KB; larger ones close the connection with 1009
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html).
- Binary messages close it with 1003
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html).

Not followed: authorizers, throttling, and the limits of ten idle minutes and two hours.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from benchmarks.streamed_local.connections import (
    MESSAGE_LIMIT_BYTES,
    PREFIX,
    Answer,
    Connection,
    Connections,
    encoded,
)
from benchmarks.streamed_local.messages import (
    CONNECT,
    DEFAULT,
    DISCONNECT,
    Client,
    connect_event,
    disconnect_event,
    message_event,
    read,
    route_of,
)
from benchmarks.streamed_local.trace import SENT
from roundtrip_devtools.container import InvocationFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from benchmarks.streamed_local.trace import Trace

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_UNSUPPORTED_DATA: Final = 1003
_NO_STATUS: Final = 1005


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route and its integration.

    Parameters
    ----------
    invoke : callable
        Calls the function; raises `roundtrip_devtools.container.InvocationFailed`.
    two_way : bool
        Whether the route has a route response.
    """

    invoke: Callable[[dict[str, Any]], Awaitable[Any]]
    two_way: bool = False


class Sockets:
    """The WebSocket API and its management API.

    Parameters
    ----------
    routes : Mapping
        The routes by their keys.
    trace : Trace
        Told of messages that carry an ``eventId``, and of what is sent to clients.
    """

    def __init__(self, routes: Mapping[str, Route], trace: Trace) -> None:
        self._routes = routes
        self._trace = trace
        self._connections = Connections()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or one request of the management API (ASGI)."""
        if scope["type"] == "websocket":
            await self._serve(scope, receive, send)
        elif scope["type"] == "http":
            await self._manage(scope, receive, send)
        else:
            raise NotImplementedError(f"this API does not speak {scope['type']}")

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        client = _client(scope)
        event = connect_event(client)
        status = await self._connect(event)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            await _refuse(send, status, _problem(event, "Forbidden"))
            return
        await send({"type": "websocket.accept"})
        connection = self._connections.add(client, _AsgiSocket(send))
        try:
            code, reason = await self._talk(connection, receive)
        finally:
            self._connections.remove(client)
        if DISCONNECT in self._routes:
            # Best effort, as it is there: the client is gone, and nobody is told of a failure.
            with contextlib.suppress(InvocationFailed):
                await self._routes[DISCONNECT].invoke(disconnect_event(client, code, reason))

    async def _connect(self, event: dict[str, Any]) -> HTTPStatus:
        if CONNECT not in self._routes:
            return HTTPStatus.OK
        try:
            result = await self._routes[CONNECT].invoke(event)
            return HTTPStatus(result["statusCode"])
        except (InvocationFailed, TypeError, KeyError, ValueError):
            return HTTPStatus.BAD_GATEWAY

    async def _talk(self, connection: Connection, receive: Receive) -> tuple[int, str]:
        async with asyncio.TaskGroup() as messages:
            while True:
                received = await receive()
                if received["type"] == "websocket.disconnect":
                    return received.get("code") or _NO_STATUS, received.get("reason") or ""
                text = received.get("text")
                if text is None:
                    reason = "Binary frames are not supported"
                    await connection.socket.close(_UNSUPPORTED_DATA, reason)
                    continue
                document = read(text)
                if isinstance(document.get("eventId"), str):
                    names = (document["eventId"], document.get("id"))
                    self._trace.begin(*(name for name in names if isinstance(name, str) and name))
                # Each message is a call of its own: API Gateway has no order among them either.
                messages.create_task(self._message(connection, document, text))

    async def _message(self, connection: Connection, document: dict[str, Any], text: str) -> None:
        connection.touch()
        key = route_of(document, self._routes)
        event = message_event(connection.client, key or DEFAULT, text)
        if key is None:
            await connection.socket.send(_problem(event, "Forbidden"))
            return
        route = self._routes[key]
        try:
            result = await route.invoke(event)
            int(result["statusCode"])
        except (InvocationFailed, TypeError, KeyError, ValueError):
            await connection.socket.send(_problem(event, "Internal server error"))
            return
        if route.two_way and isinstance(body := result.get("body"), str) and body:
            await connection.socket.send(body)

    async def _manage(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        path = scope["path"]
        if path.startswith(PREFIX):
            connection_id = path.removeprefix(PREFIX)
            if scope["method"] == "POST" and connection_id in self._connections:
                self._trace.mark(SENT, body)
            answer = await self._connections.manage(scope["method"], connection_id, body)
        else:
            answer = Answer(HTTPStatus.FORBIDDEN, "ForbiddenException")
        headers, content = encoded(answer)
        await send(
            {"type": "http.response.start", "status": int(answer.status), "headers": headers}
        )
        await send({"type": "http.response.body", "body": content})


class _AsgiSocket:
    """A connection as the server has it."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send(self, text: str) -> None:
        with contextlib.suppress(OSError):  # The client has left meanwhile.
            await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        with contextlib.suppress(OSError):
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _client(scope: Scope) -> Client:
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    ]
    known = dict(headers)
    return Client(
        host=known.get("host", ""),
        source_ip=(scope.get("client") or ("127.0.0.1", 0))[0],
        user_agent=known.get("user-agent", ""),
        headers=headers,
        query=scope["query_string"].decode("latin-1"),
    )


def _problem(event: Mapping[str, Any], message: str) -> str:
    context = event["requestContext"]
    return json.dumps(
        {
            "message": message,
            "connectionId": context["connectionId"],
            "requestId": context["requestId"],
        }
    )


async def _refuse(send: Send, status: HTTPStatus, body: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send(
        {
            "type": "websocket.http.response.start",
            "status": int(status),
            "headers": headers,
        }
    )
    await send({"type": "websocket.http.response.body", "body": body.encode()})


async def _body(receive: Receive) -> bytes:
    """Read a body, but keep no more of it than shows that it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if len(body) <= MESSAGE_LIMIT_BYTES:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)
