from __future__ import annotations

import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import ConfigurationError
from roundtrip.limits import MAX_IDLE_CONNECTIONS
from roundtrip.storage.dynamodb import connection as module
from roundtrip.storage.dynamodb.connection import Connections, NotAnswered, context
from tests.unit.storage.server import HOLD, Reply, Server, http, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"


def chunked(body: bytes) -> Reply:
    return Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(http(200, b"{}")) as running:
        yield running


@pytest.fixture
def connections(server: Server) -> Iterator[Connections]:
    made = Connections("127.0.0.1", server.port, None)
    yield made
    made.forget()


class TestAnswers:
    def test_status_headers_and_body(self, server: Server, connections: Connections) -> None:
        server.reply(http(418, b"teapot", {"X-Name": "  a: b "}))
        answer = connections.exchange(REQUEST)
        assert (answer.status, answer.body) == (418, b"teapot")
        assert answer.headers == {"content-length": "6", "x-name": "a: b"}
        assert server.requests == [REQUEST]

    @pytest.mark.parametrize("size", [0, 1, 65_536, 1_000_000])
    def test_bodies_of_any_size(self, server: Server, connections: Connections, size: int) -> None:
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        server.reply(http(200, body))
        assert connections.exchange(REQUEST).body == body
        assert connections.exchange(REQUEST).body == body
        assert server.connections == 1

    @pytest.mark.parametrize(
        "body",
        [b"0\r\n\r\n", b"1\r\na\r\n0\r\n\r\n", b"A;ext=1\r\n0123456789\r\n0\r\nT: x\r\n\r\n"],
    )
    def test_a_body_in_chunks(self, server: Server, connections: Connections, body: bytes) -> None:
        server.reply(chunked(body))
        expected = {b"0": b"", b"1": b"a", b"A": b"0123456789"}[body[:1]]
        assert connections.exchange(REQUEST).body == expected
        assert connections.exchange(REQUEST).body == expected
        assert server.connections == 1

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
            Reply(b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n"),
            Reply(b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"),
            Reply(b"HTTP/1.1 200 OK\r\n\r\n"),
            http(200, b"", {"Content-Length": "-1"}),
            http(200, b"", {"Content-Length": "+1"}),
            http(200, b"", {"Content-Length": "1_0"}),
            http(200, b"", {"Content-Length": "x"}),
            http(200, b"", {"Content-Length": str(10**12)}),
            http(200, b"", {"content-length": "1"}),
            http(200, b"", {"Transfer-Encoding": "chunked"}),
            http(200, b"", {"no colon\r\nX": ""}),
            Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
            Reply(b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000),
            chunked(b"x\r\n"),
            chunked(b"2\r\nabc\r\n0\r\n\r\n"),
            chunked(b"FFFFFFFF\r\n"),
            chunked(b"1" * 70_000),
        ],
        ids=lambda reply: str(reply.data[:40]),
    )
    def test_anything_else_is_no_answer(
        self, server: Server, connections: Connections, reply: Reply
    ) -> None:
        server.reply(reply)
        # What is wrong is noticed at once, without waiting for more.
        with pytest.raises(NotAnswered) as raised:
            connections.exchange(REQUEST)
        assert raised.value.sent
        assert "timed out" not in str(raised.value)

    def test_chunks_that_are_too_long_together(
        self, server: Server, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_MAX_BODY_BYTES", 10)
        server.reply(chunked(b"5\r\n01234\r\n" * 2 + b"0\r\n\r\n"))
        assert connections.exchange(REQUEST).body == b"0123401234"
        server.reply(chunked(b"5\r\n01234\r\n" * 2 + b"1\r\n5\r\n"))
        with pytest.raises(NotAnswered, match="too long"):
            connections.exchange(REQUEST)


class TestKeepingConnections:
    def test_one_is_used_for_all_requests(self, server: Server, connections: Connections) -> None:
        for _ in range(3):
            connections.exchange(REQUEST)
        assert (server.connections, len(server.requests)) == (1, 3)

    @pytest.mark.parametrize(
        "reply",
        [
            http(200, b"{}", {"Connection": "close"}),
            http(200, b"{}", {"connection": "Keep-Alive, Close"}),
            http(200, b"{}", {"Connection": "close", "connection": "TE"}),
            Reply(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
            # What follows an answer would be taken for the next one.
            Reply(http(200, b"{}").data + b"HTTP/1.1 200 OK\r\n"),
        ],
    )
    def test_one_that_cannot_be_trusted_is_not_used_again(
        self, server: Server, connections: Connections, reply: Reply
    ) -> None:
        server.reply(reply)
        connections.exchange(REQUEST)
        connections.exchange(REQUEST)
        assert server.connections == 2

    def test_one_sends_at_once_and_notices_a_server_that_is_gone(
        self, connections: Connections
    ) -> None:
        connections.exchange(REQUEST)
        (idle,) = connections._idle
        assert idle._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert idle._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    def test_one_that_the_server_closed_is_noticed(
        self, server: Server, connections: Connections
    ) -> None:
        connections.exchange(REQUEST)
        server.hang_up()
        connections.exchange(REQUEST)
        assert (server.connections, len(server.requests)) == (2, 2)

    def test_one_on_which_the_server_spoke_is_not_used(
        self, server: Server, connections: Connections
    ) -> None:
        connections.exchange(REQUEST)
        server._open[0].sendall(b"HTTP/1.1 408 Request Timeout\r\n")
        assert connections.exchange(REQUEST).status == 200
        assert server.connections == 2

    @pytest.mark.parametrize("shift_s", [31.0, -31.0])
    def test_an_old_one_is_not_used(
        self,
        server: Server,
        connections: Connections,
        monkeypatch: pytest.MonkeyPatch,
        shift_s: float,
    ) -> None:
        connections.exchange(REQUEST)
        now_s = time.time()
        monkeypatch.setattr(time, "time", lambda: now_s + shift_s)
        connections.exchange(REQUEST)
        assert server.connections == 2

    def test_threads_do_not_share_one(self, server: Server, connections: Connections) -> None:
        server.reply(http(200, b"{}", silent_s=0.02))
        many = MAX_IDLE_CONNECTIONS + 5
        together = threading.Barrier(many)
        statuses: list[int] = []

        def send() -> None:
            together.wait()
            statuses.append(connections.exchange(REQUEST).status)

        threads = [threading.Thread(target=send) for _ in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * many
        assert len(server.requests) == many
        assert len(connections._idle) <= MAX_IDLE_CONNECTIONS

    def test_after_forgetting_there_are_none(
        self, server: Server, connections: Connections
    ) -> None:
        connections.exchange(REQUEST)
        connections.forget()
        connections.exchange(REQUEST)
        assert server.connections == 2


class TestTimes:
    def test_a_slow_answer(
        self, server: Server, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.05)
        server.reply(http(200, silent_s=HOLD))
        with pytest.raises(NotAnswered, match="timed out") as raised:
            connections.exchange(REQUEST)
        assert raised.value.sent

    def test_an_answer_that_trickles(
        self, server: Server, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.2)
        server.reply(http(200, b"x" * 10_000, trickle=True))
        with pytest.raises(NotAnswered, match="timed out"):
            connections.exchange(REQUEST)

    def test_nobody_listening(self, server: Server) -> None:
        server.close()
        with pytest.raises(NotAnswered, match="refused") as raised:
            Connections("127.0.0.1", server.port, None).exchange(REQUEST)
        assert not raised.value.sent

    @pytest.mark.parametrize("name", ["nobody.invalid", "no..name", "x" * 64])
    def test_a_name_that_does_not_exist(self, name: str) -> None:
        with pytest.raises(NotAnswered) as raised:
            Connections(name, 1, None).exchange(REQUEST)
        assert not raised.value.sent

    @pytest.mark.parametrize(
        ("family", "address"),
        [
            # TEST-NET-1 of RFC 5737: nothing is there.
            (socket.AF_INET, ("192.0.2.1", 1)),
            (socket.AF_INET6, ("2001:db8::1", 1)),
            # A family that this machine does not know.
            (12_345, ("x", 1)),
        ],
    )
    def test_an_address_that_does_not_respond_leaves_time_for_the_next(
        self,
        server: Server,
        monkeypatch: pytest.MonkeyPatch,
        family: int,
        address: tuple[str, int],
    ) -> None:
        monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", 0.4)
        addresses = [(family, address), (socket.AF_INET, ("127.0.0.1", server.port))]
        found = [(family, socket.SOCK_STREAM, 6, "", address) for family, address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        connections = Connections("both", server.port, None)
        assert connections.exchange(REQUEST).status == 200
        connections.forget()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return key, certificate


class TestTls:
    def test_a_request_that_is_taken_slowly(
        self, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[1]))
        monkeypatch.setattr(module, "READ_TIMEOUT_S", 0.2)
        with serving(Reply(sip=True), tls=certificate) as server:
            connections = Connections("localhost", server.port, context(tls=True))
            with pytest.raises(NotAnswered, match="timed out"):
                connections.exchange(REQUEST + b"x" * 8_000_000)

    def test_connections_are_kept(
        self, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[1]))
        with serving(http(200, b"{}"), tls=certificate) as server:
            connections = Connections("localhost", server.port, context(tls=True))
            for _ in range(3):
                assert connections.exchange(REQUEST).status == 200
            assert server.connections == 1
            server.hang_up()
            assert connections.exchange(REQUEST).status == 200
            connections.forget()

    @pytest.mark.parametrize(("host", "known"), [("localhost", False), ("127.0.0.1", True)])
    def test_a_server_that_cannot_be_verified_gets_no_request(
        self,
        certificate: tuple[Path, Path],
        monkeypatch: pytest.MonkeyPatch,
        host: str,
        known: bool,
    ) -> None:
        if known:
            monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[1]))
        with serving(http(200), tls=certificate) as server:
            with pytest.raises(NotAnswered, match="CERTIFICATE_VERIFY_FAILED") as raised:
                Connections(host, server.port, context(tls=True)).exchange(REQUEST)
            assert not raised.value.sent
            assert server.requests == []

    def test_a_server_without_tls(self, server: Server) -> None:
        server.greeting = b"220 smtp.example.org ESMTP\r\n"
        with pytest.raises(NotAnswered) as raised:
            Connections("localhost", server.port, context(tls=True)).exchange(REQUEST)
        assert not raised.value.sent

    def test_certificates_that_are_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent")
        with pytest.raises(ConfigurationError, match="AWS_CA_BUNDLE: cannot load /nonexistent"):
            context(tls=True)

    def test_plain_http_needs_none(self) -> None:
        assert context(tls=False) is None
