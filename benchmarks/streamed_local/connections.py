"""The open connections of a WebSocket API, and the management API that sends to them.

The management API answers ``/@connections/{connectionId}`` as described at
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
with the errors that boto3's ``apigatewaymanagementapi`` client distinguishes.
"""

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.streamed_local.messages import Client, epoch_ms

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
MESSAGE_LIMIT_BYTES: Final = 128 * 1024

_CONNECTION_ID: Final = re.compile(r"[A-Za-z0-9_-]{15}=")
_NORMAL_CLOSURE: Final = 1000  # https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_OK: Final = Response()


@dataclass
class Connection:
    """An open connection."""

    client: Client
    socket: WebSocket
    last_active_at_ms: int
    """Time of the last message sent or received, in milliseconds since 1970."""

    async def send(self, text: str) -> None:
        """Send a message, unless the connection was closed meanwhile."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.socket.send_text(text)

    async def close(self, code: int, reason: str) -> None:
        """Close the connection, unless it was closed meanwhile."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self.socket.close(code, reason)


class Connections(dict[str, Connection]):
    """The open connections by their ids."""

    async def manage(self, method: str, connection_id: str, body: bytes) -> Response:
        """Answer a request to the management API: POST sends, GET describes, DELETE closes."""
        if not _CONNECTION_ID.fullmatch(connection_id):
            message = f"Invalid connectionId: {connection_id}"
            return failure(HTTPStatus.BAD_REQUEST, "BadRequestException", message)
        if method not in {"POST", "GET", "DELETE"}:
            return failure(HTTPStatus.FORBIDDEN, "ForbiddenException")
        connection = self.get(connection_id)
        if connection is None:
            return failure(HTTPStatus.GONE, "GoneException")
        if method == "GET":
            return JSONResponse(_described(connection))
        if method == "DELETE":
            del self[connection_id]
            await connection.close(_NORMAL_CLOSURE, "Connection Closed Normally")
            return Response(status_code=HTTPStatus.NO_CONTENT)
        if len(body) > MESSAGE_LIMIT_BYTES:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            return failure(status, "PayloadTooLargeException", "Too long")
        connection.last_active_at_ms = epoch_ms()
        await connection.send(body.decode(errors="replace"))
        return _OK


def failure(status: HTTPStatus, error: str, message: str | None = None) -> Response:
    """Make an error of the management API."""
    headers = {"x-amzn-errortype": error}
    if message is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse({"message": message}, status, headers)


def _described(connection: Connection) -> dict[str, Any]:
    client = connection.client
    return {
        "connectedAt": _iso(client.connected_at_ms),
        "identity": {"sourceIp": client.source_ip, "userAgent": client.user_agent},
        "lastActiveAt": _iso(connection.last_active_at_ms),
    }


def _iso(at_ms: int) -> str:
    made = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return made.replace("+00:00", "Z")
