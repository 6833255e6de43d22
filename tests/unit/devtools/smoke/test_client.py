from __future__ import annotations

import socket
import ssl
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.smoke.client import (
    Answer,
    CaseFailed,
    Client,
    Unreachable,
    checked_api_url,
    resolved,
)
from tests.benchmarks.recording import Received, make_certificate, recording

if TYPE_CHECKING:
    from pathlib import Path


def answered(status: int, body: bytes) -> Answer:
    return Answer(request="GET /a", status=status, headers=httpx.Headers(), body=body)


def sent(path: str, host: str = "127.0.0.1") -> tuple[Answer, list[Received], int | None]:
    with recording(lambda _: (503, b"")) as server:
        port = urlsplit(server.url).port
        with closing(Client(f"http://{host}:{port}/stage/", Open())) as client:
            query, headers = {"q": "a b+c"}, {"X-Y": "z"}
            answer = client.send("POST", path, {"b": "ü"}, query=query, headers=headers)
    return answer, server.received, port


def test_a_request_arrives_once_and_unchanged() -> None:
    answer, (request,), port = sent("/a")
    assert (answer.status, answer.request) == (503, "POST /a?q=a%20b%2Bc")
    assert (request.method, request.path) == ("POST", "/stage/a?q=a%20b%2Bc")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-y"] == "z"
    assert request.headers["host"] == f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("../orders/a", "/orders/a"),
        ("b", "/orders/b"),
        ("/v1/orders/a", "/orders/a"),
        ("/orders/a", "https://api.example/orders/a"),
        ("https://other.example/orders/a", "https://other.example/orders/a"),
    ],
)
def test_a_location_is_shown_as_a_path_below_the_url(location: str, shown: str) -> None:
    headers = httpx.Headers({"location": location})

    assert resolved(headers, "https://api.example/v1", "/orders/x")["location"] == shown


def test_a_name_below_localhost_is_this_machine() -> None:
    _, (request,), port = sent("/a", "abc.execute-api.localhost")
    assert request.headers["host"] == f"abc.execute-api.localhost:{port}"


def test_an_api_that_does_not_listen_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        closing(Client(f"http://127.0.0.1:{port}", Open())) as client,
        pytest.raises(Unreachable, match=f"GET /health: no answer from http://127.0.0.1:{port}"),
    ):
        client.send("GET", "/health")


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_only_certificates_that_this_machine_trusts_are_accepted(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with recording(lambda _: (200, b"{}"), tls=tls) as server:
        url = server.url.replace("https", scheme)
        with (
            closing(Client(url, Open())) as client,
            pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            client.send("GET", "/health")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with closing(Client(url, Open())) as client:
            assert client.send("GET", "/health").status == 200


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("https://example.com/prod", True),
        ("http://127.0.0.1:3000", True),
        ("http://abc.localhost:4566", True),
        ("http://192.0.2.1", False),
    ],
)
def test_a_url_that_an_api_can_have(value: str, *, secret: bool) -> None:
    assert checked_api_url("--url", value, secret=secret) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https://example.com:0",
        "https://example.com:99999",
        "https://user@example.com",
        "https://example.com?a=b",
        "https://example.com/#a",
        "https://exam ple.com",
        "https://example.com\n",
        "https://[::::]",
    ],
)
def test_a_url_that_no_api_can_have(value: str) -> None:
    with pytest.raises(SettingError):
        checked_api_url("--url", value, secret=False)


def test_secrets_leave_the_machine_only_by_tls() -> None:
    with pytest.raises(SettingError, match="https://"):
        checked_api_url("--url", "http://example.com", secret=True)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"a"', b'{"errorMessage":"boom"}'])
def test_not_a_document(body: bytes) -> None:
    with pytest.raises(CaseFailed):
        _ = answered(200, body).document


def test_a_failure_shows_the_answer_and_a_hint() -> None:
    with pytest.raises(CaseFailed) as caught:
        answered(403, b'{"message":"Forbidden"}' + b" " * 1000).expect(200)
    expected = """GET /a: expected status 200; received status 403, '{"message":"Forbidden"}"""
    assert str(caught.value).startswith(expected)
    assert str(caught.value).endswith(" Choose the credentials with AUTH or --auth.")
    assert len(str(caught.value)) < 700
