"""Stands for API Gateway's WebSocket API and its management API, on one port.

It follows these rules:

- ``$connect`` runs before the connection is open, and a failure refuses the connection;
  ``$disconnect`` runs after it was closed
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html).
- The result of a route's function is sent to the client only if the route has a route response
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html).

It has no authorizers, no throttling, and no limits of size, of ten idle minutes and of two hours.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from benchmarks.streamed_local import connections
from benchmarks.streamed_local.connections import CONNECT, DEFAULT, DISCONNECT, Client, Connection
from benchmarks.streamed_local.trace import SENT, Trace
from roundtrip_devtools.container import InvocationFailed

_PREFIX: Final = "/@connections/"
_STOP_GRACE_S: Final = 2
# https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_NO_STATUS: Final = 1005


def configured(app: ASGIApp) -> uvicorn.Config:
    """Make the configuration of the server of `Sockets`."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="websockets-sansio",
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_STOP_GRACE_S,
    )


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route and its integration."""

    invoke: Callable[[dict[str, Any]], Awaitable[Any]]
    """Calls the function; raises `roundtrip_devtools.container.InvocationFailed`."""
    two_way: bool = False
    """Whether the route has a route response."""


class Sockets:
    """The ASGI app of both APIs; the trace receives what clients send and are sent."""

    def __init__(self, routes: Mapping[str, Route], trace: Trace) -> None:
        self._routes = routes
        self._trace = trace
        self._connections = connections.Connections()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or one request to the management API."""
        if scope["type"] == "websocket":
            await self._serve(WebSocket(scope, receive, send))
        else:
            response = await self._manage(scope, await _body(receive))
            await response(scope, receive, send)

    async def _serve(self, socket: WebSocket) -> None:
        await socket.receive()
        client = Client(host=socket.headers.get("host", ""))
        event = connections.connect_event(client)
        status = await self._connect(event)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            body = _problem(event, "Forbidden")
            response = Response(body, status, media_type="application/json")
            await socket.send_denial_response(response)
            return
        await socket.accept()
        connection = Connection(client, socket)
        self._connections[client.connection_id] = connection
        try:
            code, reason = await self._talk(connection)
        finally:
            self._connections.pop(client.connection_id, None)
        if DISCONNECT in self._routes:
            # The client is gone, so nobody can be told of a failure.
            event = connections.disconnect_event(client, code, reason)
            with contextlib.suppress(InvocationFailed):
                await self._routes[DISCONNECT].invoke(event)

    async def _connect(self, event: dict[str, Any]) -> HTTPStatus:
        if CONNECT not in self._routes:
            return HTTPStatus.OK
        try:
            result = await self._routes[CONNECT].invoke(event)
            return HTTPStatus(result["statusCode"])
        except (InvocationFailed, TypeError, KeyError, ValueError):
            return HTTPStatus.BAD_GATEWAY

    async def _talk(self, connection: Connection) -> tuple[int, str]:
        async with asyncio.TaskGroup() as calls:
            while True:
                received = await connection.socket.receive()
                if received["type"] == "websocket.disconnect":
                    return received.get("code") or _NO_STATUS, received.get("reason") or ""
                text = received["text"]
                document = connections.read_message(text)
                if isinstance(document.get("eventId"), str):
                    names = (document["eventId"], document.get("id"))
                    self._trace.begin(*(name for name in names if isinstance(name, str) and name))
                # Calls run side by side: API Gateway does not order messages either.
                calls.create_task(self._message(connection, document, text))

    async def _message(self, connection: Connection, document: dict[str, Any], text: str) -> None:
        key = connections.route_of(document, self._routes)
        event = connections.message_event(connection.client, key or DEFAULT, text)
        if key is None:
            await connection.send(_problem(event, "Forbidden"))
            return
        route = self._routes[key]
        try:
            result = await route.invoke(event)
            int(result["statusCode"])
        except (InvocationFailed, TypeError, KeyError, ValueError):
            await connection.send(_problem(event, "Internal server error"))
            return
        if route.two_way and isinstance(body := result.get("body"), str) and body:
            await connection.send(body)

    async def _manage(self, scope: Scope, body: bytes) -> Response:
        method, path = scope["method"], scope["path"]
        if not path.startswith(_PREFIX):
            return connections.failure(HTTPStatus.FORBIDDEN, "ForbiddenException")
        connection_id = path.removeprefix(_PREFIX)
        if method == "POST" and connection_id in self._connections:
            self._trace.mark(SENT, body)
        return await self._connections.manage(method, connection_id, body)


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _problem(event: Mapping[str, Any], message: str) -> str:
    context = event["requestContext"]
    ids = {name: context[name] for name in ("connectionId", "requestId")}
    return json.dumps({"message": message, **ids})
