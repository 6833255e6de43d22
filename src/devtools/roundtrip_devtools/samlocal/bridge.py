"""Lets containers reach a port of the loopback interface.

On Linux a container reaches its host under the gateway address of its network, and nothing on the
loopback interface. An engine that listened on that address, or on every interface, would be open to
other machines as well, because Linux answers packets for any of its addresses on any interface. So
the engine stays on the loopback interface. The forwarder listens on the gateway address and accepts
connections from container addresses only.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.errors import PortTaken
from roundtrip_devtools.loopback import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.samlocal.docker import Bridge

_CHUNK_BYTES = 64 * 1024


@contextlib.contextmanager
def forwarded(bridge: Bridge, target_port: int, *, port: int = 0) -> Iterator[int]:
    """Forward connections of containers for a ``with`` block that gets the port for them.

    With `port` 0 that is any free port; otherwise `PortTaken` is raised if it is taken.
    """
    try:
        server = _Forwarder(bridge, target_port, port)
    except OSError as error:
        raise PortTaken(bridge.gateway, port) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="forwarder")
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
            server.end_connections()


class _Forwarder(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, bridge: Bridge, target_port: int, port: int) -> None:
        self.target_port = target_port
        self._open: set[socket.socket] = set()
        self._ended = False
        self._lock = threading.Lock()
        self._subnet = bridge.subnet
        super().__init__((bridge.gateway, port), _Connection)

    def verify_request(self, _request: object, client_address: Any) -> bool:
        return ipaddress.ip_address(client_address[0]) in self._subnet

    @contextlib.contextmanager
    def ending(self, *connections: socket.socket) -> Iterator[None]:
        """Let `end_connections` end these, even if it was called before, for a ``with`` block."""
        with self._lock:
            self._open.update(connections)
            ended = self._ended
        if ended:
            self.end_connections()
        try:
            yield
        finally:
            with self._lock:
                self._open.difference_update(connections)

    def end_connections(self) -> None:
        """End all connections: the server waits for their threads when it closes."""
        with self._lock:
            self._ended = True
            for connection in self._open:
                _end(connection, socket.SHUT_RDWR)

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Print nothing: a container that goes away, or a stopped engine, is no error here."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Forwarder

    def handle(self) -> None:
        with (
            socket.create_connection((LOOPBACK, self.server.target_port)) as target,
            self.server.ending(self.request, target),
        ):
            back = threading.Thread(target=_copy, args=(target, self.request))
            back.start()
            _copy(self.request, target)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            target.sendall(chunk)
    # The other direction may continue.
    _end(target, socket.SHUT_WR)


def _end(connection: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(how)
