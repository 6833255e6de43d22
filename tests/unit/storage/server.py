"""A server on this machine that does with each connection what a test says."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import zlib
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HOLD: Final = 5.0
"""Longer than any timeout of a test, in seconds."""


@dataclass(frozen=True)
class Reply:
    """What the server does with one request.

    Parameters
    ----------
    data
        The bytes of the answer.
    take
        Bytes of the request that are read before the connection ends; by default all.
    give
        Bytes of the answer that are sent before the connection ends; by default all.
    reset
        End the connection with a reset, not in order.
    close
        End the connection after the whole answer.
    silent_s
        Pause before the answer, during which the client may give up.
    trickle
        Send the answer byte by byte, with a pause before each.
    sip
        Take the request in small parts, with a pause before each, and never answer.
    """

    data: bytes = b""
    take: int | None = None
    give: int | None = None
    reset: bool = False
    close: bool = False
    silent_s: float = 0.0
    trickle: bool = False
    sip: bool = False


def http(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, **how: Any
) -> Reply:
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return Reply(f"HTTP/1.1 {status} Words\r\n{head}\r\n".encode() + body, **how)


def dynamodb(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None, **how: Any
) -> Reply:
    """An answer as DynamoDB gives it."""
    body = json.dumps(document).encode()
    own = {"x-amzn-RequestId": "r", "x-amz-crc32": str(zlib.crc32(body)), **(headers or {})}
    return http(status, body, own, **how)


def refusal(code: str, status: int = 400, **how: Any) -> Reply:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return dynamodb({"__type": kind, "message": f"because of {code}"}, status, **how)


@dataclass
class Server:
    """Replies to requests in the order in which they come; the last reply is given again.

    Attributes
    ----------
    requests
        The requests that arrived whole.
    connections
        The number of connections.
    greeting
        What the server says before the client has said anything.
    """

    replies: deque[Reply] = field(default_factory=deque)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    greeting: bytes = b""
    tls: tuple[Path, Path] | None = None
    _open: list[socket.socket] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Connections inherit it. Without it, the system itself takes megabytes of a request.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if self.tls is not None:
            key, chain = self.tls
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain, key)
            # The handshake is made by the thread of the connection.
            self._listener = context.wrap_socket(
                self._listener, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._accept, daemon=True).start()

    def reply(self, *replies: Reply) -> None:
        """Set the replies to come, and forget the requests that came."""
        self.replies = deque(replies)
        self.requests.clear()
        self.connections = 0

    def hang_up(self) -> None:
        """Close all connections that are open."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(self.greeting)
            while self._once(connection):
                pass

    def _once(self, connection: socket.socket) -> bool:
        first = connection.recv(1)
        if not first:
            return False
        reply = self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
        if reply.sip:
            while connection.recv(16_384):
                self._ended.wait(0.05)
            return False
        if reply.take is not None:
            received = 1
            while received < reply.take and (part := connection.recv(reply.take - received)):
                received += len(part)
            return _end(connection, reply)
        self.requests.append(_request(connection, first))
        self._ended.wait(reply.silent_s)
        if reply.trickle:
            for byte in reply.data:
                connection.sendall(bytes([byte]))
                self._ended.wait(0.01)
        else:
            connection.sendall(reply.data[: reply.give])
        return (reply.give is None and not reply.close) or _end(connection, reply)


def _end(connection: socket.socket, reply: Reply) -> bool:
    if reply.reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _request(connection: socket.socket, data: bytes) -> bytes:
    while b"\r\n\r\n" not in data:
        data += _part(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        body += _part(connection)
    return head + b"\r\n\r\n" + body


def _part(connection: socket.socket) -> bytes:
    if part := connection.recv(65536):
        return part
    raise ConnectionResetError


@contextmanager
def serving(*replies: Reply, tls: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """Run a server; with a key and a certificate, it speaks TLS."""
    server = Server(tls=tls)
    server.reply(*replies)
    try:
        yield server
    finally:
        server.close()
