"""The connections of a WebSocket API, and the management API that sends to them.

``/@connections/{connectionId}`` as
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
has it, with errors in the form that boto3's ``apigatewaymanagementapi`` client tells apart.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from benchmarks.streamed_local.messages import epoch_ms

if TYPE_CHECKING:
    from benchmarks.streamed_local.messages import Client

# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
MESSAGE_LIMIT_BYTES: Final = 128 * 1024
FRAME_LIMIT_BYTES: Final = 32 * 1024

PREFIX: Final = "/@connections/"

_CONNECTION_ID: Final = re.compile(r"[A-Za-z0-9_-]{15}=")
_METHODS: Final = ("POST", "GET", "DELETE")
# https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
_NORMAL_CLOSURE: Final = 1000


class Socket(Protocol):
    """The server's end of a connection."""

    async def send(self, text: str) -> None:
        """Send a message; nothing happens when the client has left."""

    async def close(self, code: int, reason: str) -> None:
        """Close the connection."""


@dataclass
class Connection:
    """An open connection.

    Parameters
    ----------
    client : Client
        Who is connected.
    socket : Socket
        Where to send.
    last_active_at_ms : int
        When something was last sent or received, in milliseconds since 1970.
    """

    client: Client
    socket: Socket
    last_active_at_ms: int

    def touch(self) -> None:
        """Note that something was sent or received."""
        self.last_active_at_ms = epoch_ms()


class Answer(NamedTuple):
    """An answer of the management API.

    Parameters
    ----------
    status : HTTPStatus
        The status.
    error : str
        The error's name; empty: none.
    document : object
        The body, a JSON value; None: there is none.
    """

    status: HTTPStatus
    error: str = ""
    document: Any = None


class Connections:
    """Who is connected."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}

    def add(self, client: Client, socket: Socket) -> Connection:
        """Note a connection that was made."""
        connection = Connection(client, socket, client.connected_at_ms)
        self._open[client.connection_id] = connection
        return connection

    def remove(self, client: Client) -> None:
        """Note that a connection is gone."""
        self._open.pop(client.connection_id, None)

    def __contains__(self, connection_id: str) -> bool:
        return connection_id in self._open

    async def manage(self, method: str, connection_id: str, body: bytes) -> Answer:
        """Serve a request of the management API.

        Parameters
        ----------
        method : str
            ``POST`` sends, ``GET`` describes, ``DELETE`` closes.
        connection_id : str
            Which connection, decoded.
        body : bytes
            What to send.
        """
        if not _CONNECTION_ID.fullmatch(connection_id):
            message = {"message": f"Invalid connectionId: {connection_id}"}
            return Answer(HTTPStatus.BAD_REQUEST, "BadRequestException", message)
        connection = self._open.get(connection_id)
        if method not in _METHODS:
            return Answer(HTTPStatus.FORBIDDEN, "ForbiddenException")
        if connection is None:
            return Answer(HTTPStatus.GONE, "GoneException")
        if method == "GET":
            return Answer(HTTPStatus.OK, document=_described(connection))
        if method == "DELETE":
            self.remove(connection.client)
            await connection.socket.close(_NORMAL_CLOSURE, "Connection Closed Normally")
            return Answer(HTTPStatus.NO_CONTENT)
        if len(body) > MESSAGE_LIMIT_BYTES:
            error = "PayloadTooLargeException"
            return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error, {"message": "Too long"})
        connection.touch()
        await connection.socket.send(body.decode(errors="replace"))
        return Answer(HTTPStatus.OK)


def encoded(answer: Answer) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Encode an answer.

    Returns
    -------
    tuple
        Headers and body, as ASGI wants them.
    """
    body = b"" if answer.document is None else json.dumps(answer.document).encode()
    headers = []
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(body)).encode()))
    if body:
        headers.append((b"content-type", b"application/json"))
    if answer.error:
        headers.append((b"x-amzn-errortype", answer.error.encode()))
    return headers, body


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
