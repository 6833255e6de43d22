"""The WebSocket API of the dev server: events for a function, and messages to connections.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import sys
import time
import traceback
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from roundtrip.followers.poster import Gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

PATH: Final = "/sockets-ws"
# API Gateway's limit of a frame. A client sends a short message in one frame, and an ASGI server
# joins frames, so that the limit of a whole message (128 KB) has no place here.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
FRAME_LIMIT_BYTES: Final = 32 * 1024

_SEND_S: Final = 10


class OpenSockets:
    """The open connections; a `roundtrip.followers.poster.Poster`."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[WebSocket, asyncio.AbstractEventLoop]] = {}

    def add(self, connection: str, socket: WebSocket) -> None:
        """Add a connection of the running event loop."""
        self._open[connection] = socket, asyncio.get_running_loop()

    def remove(self, connection: str) -> None:
        """Remove a connection."""
        self._open.pop(connection, None)

    def any(self) -> bool:
        """Return whether there are any."""
        return bool(self._open)

    def post(self, connection: str, text: str) -> None:
        """Send a message, from any thread but that of the event loop.

        Raises
        ------
        Gone
            If the connection is closed.
        TimeoutError
            If the client does not read.
        """
        if connection not in self._open:
            raise Gone(f"connection {connection} is closed")
        socket, loop = self._open[connection]
        try:
            asyncio.run_coroutine_threadsafe(socket.send_text(text), loop).result(_SEND_S)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise Gone(f"connection {connection} is closed") from error


class SocketFront:
    """Serves WebSockets: a function handles what connects, what is received and what disconnects.

    Parameters
    ----------
    handle
        Called with an event and no context, from any thread.
    """

    def __init__(self, handle: Callable[[Any, None], Any], connections: OpenSockets) -> None:
        self._handle = handle
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        socket = WebSocket(scope, receive, send)
        if scope["path"] != PATH:
            await socket.close()
            return
        # As API Gateway makes them: 16 characters of Base64.
        connection = base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()
        connected = await self._answer(_event(socket, connection, "CONNECT"))
        if connected == HTTPStatus.FORBIDDEN:
            # Without a response of its own, the server answers 403.
            await socket.close()
            return
        if connected != HTTPStatus.OK:
            await socket.send_denial_response(Response(status_code=connected))
            return
        await socket.accept()
        self._connections.add(connection, socket)
        try:
            with contextlib.suppress(WebSocketDisconnect):
                await self._serve(socket, connection)
        finally:
            self._connections.remove(connection)
            await self._answer(_event(socket, connection, "DISCONNECT"))

    async def _serve(self, socket: WebSocket, connection: str) -> None:
        while socket.client_state is WebSocketState.CONNECTED:
            received = await socket.receive()
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text")
            body = received["bytes"].decode(errors="replace") if text is None else text
            event = _event(socket, connection, "MESSAGE", body=body, isBase64Encoded=False)
            if await self._answer(event) == HTTPStatus.INTERNAL_SERVER_ERROR:
                context = event["requestContext"]
                names = {name: context[name] for name in ("connectionId", "requestId")}
                await socket.send_text(json.dumps({"message": "Internal server error", **names}))

    async def _answer(self, event: dict[str, Any]) -> int:
        try:
            answer = await run_in_threadpool(self._handle, event, None)
            return int(answer["statusCode"])
        except Exception:  # noqa: BLE001  whatever it is, only this event fails
            print(traceback.format_exc(), end="", file=sys.stderr, flush=True)
            return HTTPStatus.INTERNAL_SERVER_ERROR


_ROUTES: Final = {"CONNECT": "$connect", "DISCONNECT": "$disconnect", "MESSAGE": "$default"}


def _event(socket: WebSocket, connection: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return the event that API Gateway sends.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
    """
    request_id = str(uuid.uuid4())
    event: dict[str, Any] = {
        "requestContext": {
            "routeKey": _ROUTES[kind],
            "eventType": kind,
            "messageDirection": "IN",
            "connectionId": connection,
            "requestId": request_id,
            "extendedRequestId": request_id,
            "requestTimeEpoch": int(time.time() * 1000),
            "apiId": "local",
            "stage": "local",
            "domainName": socket.headers.get("host", ""),
            "identity": {"sourceIp": socket.client.host if socket.client else "127.0.0.1"},
        },
        "isBase64Encoded": False,
        **more,
    }
    if kind == "CONNECT":
        query = dict(parse_qsl(socket.scope["query_string"].decode("latin-1")))
        event |= {"headers": dict(socket.headers), "queryStringParameters": query or None}
    return event
