"""The forwarder, on addresses of the loopback network: all of 127.0.0.0/8 is this machine."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.errors import PortTaken
from roundtrip_devtools.loopback import free_port
from roundtrip_devtools.samlocal import bridge
from roundtrip_devtools.samlocal.bridge import forwarded
from roundtrip_devtools.samlocal.docker import Bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's 127.0.0.0/8")

GATEWAY = "127.0.0.2"
CONTAINER = "127.9.0.5"
BRIDGE = Bridge(gateway=GATEWAY, subnet=ipaddress.IPv4Network("127.9.0.0/16"))


@pytest.fixture
def echo() -> Iterator[int]:
    """A port of the loopback interface that sends back what came, once that has ended."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(server.accept()[0],)).start()

        def answer(connection: socket.socket) -> None:
            with connection:
                connection.sendall(read_all(connection)[::-1])

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def ask(port: int, sent: bytes, *, source: str = CONTAINER) -> bytes:
    with socket.create_connection((GATEWAY, port), 10, (source, 0)) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def test_a_container_reaches_the_port(echo: int) -> None:
    with forwarded(BRIDGE, echo) as port:
        assert ask(port, b"abc") == b"cba"


def test_much_passes_unchanged_in_both_directions(echo: int) -> None:
    sent = bytes(range(256)) * 10_000
    with forwarded(BRIDGE, echo) as port:
        assert ask(port, sent) == sent[::-1]


def test_several_at_the_same_time(echo: int) -> None:
    with forwarded(BRIDGE, echo) as port, contextlib.ExitStack() as stack:
        waiting = [
            stack.enter_context(socket.create_connection((GATEWAY, port), 10, (CONTAINER, 0)))
            for _ in range(8)
        ]
        assert ask(port, b"abc") == b"cba"
        for connection in waiting:
            connection.sendall(b"xy")
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == b"yx"


def test_nobody_else_gets_an_answer(echo: int) -> None:
    with forwarded(BRIDGE, echo) as port:
        # Not only ConnectionError: a socket that is closed already cannot be shut down.
        try:
            received = ask(port, b"abc", source="127.0.0.1")
        except OSError:
            received = b""
        assert received == b""


def test_it_listens_on_the_gateway_alone(echo: int) -> None:
    with forwarded(BRIDGE, echo) as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 10)


def test_a_target_that_is_gone_ends_the_connection() -> None:
    with forwarded(BRIDGE, free_port()) as port, contextlib.suppress(ConnectionError):
        assert ask(port, b"") == b""


def test_an_open_connection_does_not_keep_it_from_ending(echo: int) -> None:
    with forwarded(BRIDGE, echo) as port:
        connection = socket.create_connection((GATEWAY, port), 10, (CONTAINER, 0))
        connection.sendall(b"a")
    with connection, contextlib.suppress(ConnectionError):
        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((GATEWAY, port), 10)


def test_a_connection_whose_thread_begins_after_the_end_does_not_either(
    echo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()
    end = bridge._Forwarder.end_connections

    def setup(_connection: bridge._Connection) -> None:
        begun.set()
        ended.wait(30)

    def end_connections(forwarder: bridge._Forwarder) -> None:
        end(forwarder)
        ended.set()

    monkeypatch.setattr(bridge._Connection, "setup", setup)
    monkeypatch.setattr(bridge._Forwarder, "end_connections", end_connections)
    with forwarded(BRIDGE, echo) as port:
        connection = socket.create_connection((GATEWAY, port), 10, (CONTAINER, 0))
        assert begun.wait(30)
    with connection, contextlib.suppress(ConnectionError):
        assert connection.recv(1) == b""


def test_the_port_that_was_asked_for(echo: int) -> None:
    port = free_port()
    with forwarded(BRIDGE, echo, port=port) as chosen:
        assert chosen == port
        with pytest.raises(PortTaken), forwarded(BRIDGE, echo, port=port):
            pass
