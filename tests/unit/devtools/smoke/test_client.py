from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from roundtrip_devtools.credentials import Open
from roundtrip_devtools.errors import SettingError
from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.client import Client, Unreachable, checked_api_url, checked_origin
from tests.benchmarks.recording import recording
from tests.integration.test_dev_server import free_port


def test_a_request_arrives_once_and_as_it_was_meant() -> None:
    with recording(lambda _: (503, b"")) as server:
        client = Client(f"{server.url}/stage/", Open())
        answer = client.send("POST", "/a", {"b": "ü"}, query={"q": "a b+c"}, headers={"X-Y": "z"})
        client.close()
    assert answer.status == 503
    assert answer.request == "POST /a?q=a%20b%2Bc"
    (request,) = server.received
    assert (request.method, request.path) == ("POST", "/stage/a?q=a%20b%2Bc")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-y"] == "z"
    assert request.headers["host"] == urlsplit(server.url).netloc


def test_a_name_below_localhost_is_this_machine() -> None:
    with recording(lambda _: (200, b"{}")) as server:
        port = urlsplit(server.url).port
        client = Client(f"http://abc.execute-api.localhost:{port}", Open())
        assert client.send("GET", "/health").status == 200
        client.close()
    assert server.received[0].headers["host"] == f"abc.execute-api.localhost:{port}"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com", "example.com"),
        ("https://example.com:443/prod", "example.com"),
        ("http://example.com:80", "example.com"),
        ("http://example.com:443", "example.com:443"),
        ("http://[::1]:3000", "[::1]:3000"),
    ],
)
def test_the_default_port_is_no_part_of_the_host(url: str, host: str) -> None:
    client = Client(url, Open())
    assert client._host_header == host
    client.close()


def test_nobody_there() -> None:
    port = free_port()
    client = Client(f"http://127.0.0.1:{port}", Open())
    with pytest.raises(Unreachable) as caught:
        client.send("GET", "/health")
    client.close()
    assert str(caught.value).startswith(f"GET /health: no answer from http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("https://example.com/prod", True),
        ("http://127.0.0.1:3000", True),
        ("http://abc.localhost:4566", True),
        ("http://192.0.2.1", False),
    ],
)
def test_where_an_api_can_be(value: str, *, secret: bool) -> None:
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
    ],
)
def test_where_no_api_can_be(value: str) -> None:
    with pytest.raises(SettingError):
        checked_api_url("--url", value, secret=False)


@pytest.mark.parametrize(
    "value",
    ["https://shop.example", "http://localhost:5173", "http://[::1]:80", "chrome-extension://abc"],
)
def test_an_origin(value: str) -> None:
    assert checked_origin("--origin", value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        "null",
        "*",
        "https://",
        "shop.example",
        "https://shop.example/",
        "https://shop.example/a",
        "https://shop.example?a",
        "https://shop.example:",
        "https://shop.example:99999",
        "https://Shop.example",
        "https://me@shop.example",
        "https://a, https://b",
        "https://*.example",
        "https://shop.example\n",
    ],
)
def test_what_is_no_origin(value: str) -> None:
    with pytest.raises(SettingError, match="--origin must be an origin"):
        checked_origin("--origin", value)


def test_no_secret_leaves_the_machine_in_the_clear() -> None:
    with pytest.raises(SettingError) as caught:
        checked_api_url("--url", "http://example.com", secret=True)
    assert "https://" in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"a"', b'{"errorMessage":"boom"}'])
def test_what_is_no_document(body: bytes) -> None:
    with recording(lambda _: (200, body)) as server:
        client = Client(server.url, Open())
        answer = client.send("GET", "/a")
        client.close()
    with pytest.raises(CaseFailed):
        _ = answer.document


def test_a_failure_says_what_came() -> None:
    with recording(lambda _: (403, b'{"message":"Forbidden"}' + b" " * 1000)) as server:
        client = Client(server.url, Open())
        answer = client.send("GET", "/a")
        client.close()
    with pytest.raises(CaseFailed) as caught:
        answer.expect(200)
    assert str(caught.value).startswith(
        """GET /a: expected status 200; received status 403, '{"message":"Forbidden"}"""
    )
    assert str(caught.value).endswith("AUTH (or --auth) says who asks.")
    assert len(str(caught.value)) < 700
