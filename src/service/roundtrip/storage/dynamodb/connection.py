"""Kept HTTP/1.1 connections to one endpoint.

Only what DynamoDB's answers need: a status, headers, and a body of a given length or in chunks. A
connection is kept only if an answer arrived whole and nothing followed it. Redirects are answers
like any other; nothing is decompressed, because compression is never asked for.

https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import errno
import os
import socket
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from roundtrip.errors import ConfigurationError
from roundtrip.limits import CONNECT_TIMEOUT_S, IDLE_LIFE_S, MAX_IDLE_CONNECTIONS, READ_TIMEOUT_S

if TYPE_CHECKING:
    import ssl

OK: Final = 200
"""Status of an answer to a request that succeeded."""

_MAX_HEAD_BYTES: Final = 64 * 1024
# DynamoDB sends at most 16 MB of items; JSON and base64 take less than four times their size.
_MAX_BODY_BYTES: Final = 64 * 1024 * 1024
_PART_BYTES: Final = 256 * 1024
# A TLS socket without data raises SSLWantReadError, which has the number of SSL_ERROR_WANT_READ.
_NO_DATA: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, 2})


class NotAnswered(Exception):
    """No whole answer came.

    Attributes
    ----------
    sent
        Whether a byte of the request may have arrived.
    """

    def __init__(self, why: object, *, sent: bool) -> None:
        super().__init__(str(why) or type(why).__name__)
        self.sent = sent


class Answer(NamedTuple):
    """An HTTP response; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def context(*, tls: bool) -> ssl.SSLContext | None:
    """Return what verifies servers: the certificates of ``AWS_CA_BUNDLE``, or of this machine.

    Raises
    ------
    ConfigurationError
        If ``AWS_CA_BUNDLE`` is not a file of certificates.
    """
    if not tls:
        return None
    import ssl  # noqa: PLC0415 - a local engine needs none, and it loads long

    bundle = os.environ.get("AWS_CA_BUNDLE") or None
    try:
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise ConfigurationError(f"AWS_CA_BUNDLE: cannot load {bundle}: {error}.") from error


class Connection:
    """One connection, used by one thread at a time.

    Attributes
    ----------
    reusable
        Whether the last answer arrived whole, and the server keeps the connection open.

    Raises
    ------
    NotAnswered
        If it cannot be made within `CONNECT_TIMEOUT_S`, TLS included. The system's own timeout
        applies to the resolution of the name.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._ends_s = time.monotonic() + CONNECT_TIMEOUT_S
        self._idle_since_s = 0.0
        self._buffer = bytearray()
        self.reusable = False
        try:
            self._socket = _connected(host, port, self._ends_s)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if tls is not None:
                self._socket.settimeout(_left_s(self._ends_s))
                self._socket = tls.wrap_socket(self._socket, server_hostname=_name(host))
        # A name that is no name is a ValueError.
        except (OSError, ValueError) as error:
            self.close()
            raise NotAnswered(f"cannot connect to {host}: {error}", sent=False) from error

    def __del__(self) -> None:
        self.close()

    def exchange(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises
        ------
        NotAnswered
            If the answer is not whole within `READ_TIMEOUT_S`. The connection is closed then.
        """
        self._ends_s = time.monotonic() + READ_TIMEOUT_S
        try:
            self._socket.settimeout(READ_TIMEOUT_S)
            self._socket.sendall(request)
            answer = self._answer()
        except (OSError, ValueError) as error:
            self.close()
            raise NotAnswered(error, sent=True) from error
        self._idle_since_s = time.time()
        return answer

    def is_alive(self) -> bool:
        """Return whether an idle connection is young, and the server neither closed it nor spoke.

        Its age is read from the clock of the day, because a frozen container's other clocks stop.
        """
        if not 0 <= time.time() - self._idle_since_s <= IDLE_LIFE_S:
            return False
        try:
            self._socket.settimeout(0)
            self._socket.recv(1)
        except OSError as error:
            return error.errno in _NO_DATA
        return False

    def close(self) -> None:
        """Close the socket."""
        if hasattr(self, "_socket"):
            self._socket.close()

    def _answer(self) -> Answer:
        first, *lines = self._until(b"\r\n\r\n").split("\r\n")
        version, _, rest = first.partition(" ")
        if version not in ("HTTP/1.0", "HTTP/1.1") or not rest[:3].isdecimal():
            raise ValueError("the response is not HTTP/1.1")
        headers = _headers(lines)
        if "transfer-encoding" in headers:
            body = self._chunks(headers)
        else:
            body = self._take(_length(headers.get("content-length", ""), 10))
        self.reusable = (
            version == "HTTP/1.1"
            and "close" not in headers.get("connection", "").lower()
            and not self._buffer
        )
        return Answer(int(rest[:3]), headers, body)

    def _chunks(self, headers: dict[str, str]) -> bytes:
        if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
            raise ValueError("the response has no clear length")
        body = bytearray()
        while size := _length(self._until(b"\r\n").partition(";")[0].strip(), 16):
            body += self._take(size)
            if len(body) > _MAX_BODY_BYTES:
                raise ValueError("the response is too long")
            if self._until(b"\r\n"):
                raise ValueError("a chunk of the response has another length than announced")
        while self._until(b"\r\n"):
            pass
        return bytes(body)

    def _until(self, mark: bytes) -> str:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise ValueError("the head or a line of the response is too long")
            self._receive()
        text = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + len(mark)]
        return text

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _receive(self) -> None:
        self._socket.settimeout(_left_s(self._ends_s))
        part = self._socket.recv(_PART_BYTES)
        if not part:
            raise ConnectionResetError("the connection was closed before the response was whole")
        self._buffer += part


class Connections:
    """Connections to one endpoint, for any number of threads.

    Parameters
    ----------
    tls
        Verifies the server; ``None`` for plain HTTP.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._address = (host, port, tls)
        self._idle: list[Connection] = []

    def exchange(self, request: bytes) -> Answer:
        """Send a request on a kept connection that is alive, or on a new one.

        Raises
        ------
        NotAnswered
            If no whole answer came in time.
        """
        # If `forget` replaces the list meanwhile, the connection ends with the old one.
        idle = self._idle
        connection = _taken(idle) or Connection(*self._address)
        answer = connection.exchange(request)
        if connection.reusable and len(idle) < MAX_IDLE_CONNECTIONS:
            idle.append(connection)
        else:
            connection.close()
        return answer

    def forget(self) -> None:
        """Close all connections that are idle, and keep none that are in use."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def _taken(idle: list[Connection]) -> Connection | None:
    while True:
        try:
            # The one that was used last. Other threads may take the others at the same time.
            connection = idle.pop()
        except IndexError:
            return None
        if connection.is_alive():
            return connection
        connection.close()


def _name(host: str) -> bytes:
    # Text is encoded by the codec of international names, which takes 3 ms to load.
    return host.encode("ascii")


def _connected(host: str, port: int, ends_s: float) -> socket.socket:
    addresses = socket.getaddrinfo(_name(host), port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("the name has no address")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        try:
            # A machine may have no sockets of a family whose addresses a name has.
            made = socket.socket(family, kind, protocol)
        except OSError as error:
            failure = error
            continue
        try:
            # An address that does not respond leaves time for those after it.
            made.settimeout(_left_s(ends_s) / (len(addresses) - number))
            made.connect(address)
        except OSError as error:
            made.close()
            failure = error
        else:
            return made
    raise failure


def _left_s(ends_s: float) -> float:
    left_s = ends_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("timed out")
    return left_s


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError("the response has an invalid header")
        name, value = name.lower(), value.strip()
        # Two lengths become a list, which is no length.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _length(digits: str, base: int) -> int:
    if not digits.isalnum() or not digits.isascii():
        raise ValueError("the response has no length")
    length = int(digits, base)
    if length > _MAX_BODY_BYTES:
        raise ValueError("the response is too long")
    return length
