from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.targets.handshake import handshake_headers
from benchmarks.targets.http import CoupledHttp
from benchmarks.targets.streamed import Streamed
from roundtrip_devtools.credentials import credentials
from roundtrip_devtools.errors import CredentialsError
from tests.benchmarks.recording import (
    ACCESS_KEY,
    Received,
    claimed_signature,
    recomputed_signature,
    recording,
)
from tests.benchmarks.standin import stand_in

if TYPE_CHECKING:
    from benchmarks.targets import Target

TOKEN = "head.claims.signature"
ORDER = b'{"id":"so-1","version":1,"status":"draft","lines":[{"quantity":2}]}'
DISPATCHED = b'{"version":2,"state":{"status":"draft","lines":[{"quantity":1}]},"outcomes":[]}'


def answer_right(request: Received) -> tuple[int, bytes]:
    if request.method == "DELETE":
        return 204, b""
    return (201, ORDER) if request.path.endswith("/sales-orders") else (200, DISPATCHED)


def ask(target: Target) -> None:
    call = target.prepare("update", 0)
    call.check(call.send())


def http_requests(mode: str, **environ: str) -> list[Received]:
    """Give what a server gets from a caller of some mode."""
    with recording(answer_right) as server:
        url = f"{server.url}/prod"
        target = CoupledHttp(url, credentials(mode, url, {**os.environ, **environ}), with_key=True)
        ask(target)
        target.delete_orders()
        target.close()
    return server.received


@pytest.mark.usefixtures("aws")
def test_sigv4_signs_every_request_as_it_arrives() -> None:
    received = http_requests("sigv4")
    assert [request.method for request in received] == ["POST", "POST", "DELETE"]
    assert received[1].path == "/prod/stores/salesOrders/so-1/actions"
    for request in received:
        expected = recomputed_signature(request, service="execute-api", region="eu-west-1")
        assert claimed_signature(request) == expected
        assert f"Credential={ACCESS_KEY}/" in request.headers["authorization"]
        assert "/eu-west-1/execute-api/aws4_request" in request.headers["authorization"]
        assert "host" in request.headers["authorization"]


@pytest.mark.usefixtures("aws")
def test_a_signature_is_of_that_body_alone() -> None:
    first, second, _ = http_requests("sigv4")
    swapped = Received(first.method, first.path, first.headers, second.body)
    expected = recomputed_signature(swapped, service="execute-api", region="eu-west-1")
    assert claimed_signature(first) != expected


@pytest.mark.usefixtures("aws")
def test_sigv4_sends_the_session_token_of_temporary_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    for request in http_requests("sigv4"):
        assert request.headers["x-amz-security-token"] == "session"
        assert "x-amz-security-token" in request.headers["authorization"]
        expected = recomputed_signature(request, service="execute-api", region="eu-west-1")
        assert claimed_signature(request) == expected


def handshake(mode: str, path: str = "") -> Received:
    """Give the request for a WebSocket that a server gets."""
    with stand_in() as server:
        url = server.url + path
        target = Streamed(url, credentials(mode, url, os.environ))
        ask(target)
        target.close()
    assert len(server.handshakes) == 1
    return server.handshakes[0]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("path", ["", "/prod"])
def test_sigv4_signs_the_handshake_as_it_arrives(path: str) -> None:
    received = handshake("sigv4", path)
    assert received.path == (path or "/")
    expected = recomputed_signature(received, service="execute-api", region="eu-west-1")
    assert claimed_signature(received) == expected


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("url", ["wss://example.com/prod", "wss://example.com:443/prod"])
def test_the_default_port_is_no_part_of_a_signed_host(url: str) -> None:
    headers = handshake_headers(credentials("sigv4", url, os.environ), url)
    # Every client sends the host like this, be the port written out or not.
    arrived = {name.lower(): value for name, value in headers.items()} | {"host": "example.com"}
    received = Received("GET", "/prod", arrived)
    expected = recomputed_signature(received, service="execute-api", region="eu-west-1")
    assert claimed_signature(received) == expected


def test_jwt_sends_the_token() -> None:
    for request in http_requests("jwt", ROUNDTRIP_TOKEN=f" {TOKEN}\n"):
        assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_jwt_is_nothing_for_a_websocket() -> None:
    caller = credentials("jwt", "", {"ROUNDTRIP_TOKEN": TOKEN})
    with pytest.raises(CredentialsError, match="no JWT authorizer for WebSocket APIs"):
        handshake_headers(caller, "wss://example.com/prod")


def test_open_sends_nothing() -> None:
    for request in [*http_requests("open"), handshake("open")]:
        assert "authorization" not in request.headers
        assert "x-amz-date" not in request.headers


@pytest.mark.parametrize("mode", [None, "", "iam"])
def test_a_mode_is_never_guessed(mode: str | None) -> None:
    with pytest.raises(CredentialsError) as error:
        credentials(mode, "https://example.com", {"ROUNDTRIP_TOKEN": TOKEN})
    assert "AUTH or --auth must be one of open, sigv4, jwt" in str(error.value)
    assert f"received {mode or 'nothing'}." in str(error.value)


@pytest.mark.parametrize("token", [None, "", " ", "Bearer token", "tok\nen", "tökén"])
def test_a_missing_or_broken_token_is_not_shown(token: str | None) -> None:
    environ = {} if token is None else {"ROUNDTRIP_TOKEN": token}
    with pytest.raises(CredentialsError) as error:
        credentials("jwt", "https://example.com", environ)
    assert "ROUNDTRIP_TOKEN" in str(error.value)
    assert not (token and token.strip() and token in str(error.value))


@pytest.mark.usefixtures("no_aws")
def test_missing_aws_credentials() -> None:
    url = "https://a.execute-api.eu-west-1.amazonaws.com"
    with pytest.raises(CredentialsError, match="there are none: set AWS_PROFILE"):
        credentials("sigv4", url, os.environ)


@pytest.mark.usefixtures("aws")
def test_a_profile_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsError, match=r"cannot be used: .*nobody"):
        credentials("sigv4", "https://example.com", os.environ)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://a.execute-api.us-east-2.amazonaws.com", "us-east-2"),
        ("wss://a.execute-api.us-east-2.amazonaws.com/prod", "us-east-2"),
        ("https://a.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("https://a.execute-api.us-east-2.api.aws", "us-east-2"),
        ("https://a-vpce-1.execute-api.us-gov-west-1.vpce.amazonaws.com", "us-gov-west-1"),
        ("https://execute-api.example.com", "eu-west-1"),
        ("https://orders.example.com/a.execute-api.us-east-2.x", "eu-west-1"),
    ],
)
def test_the_region_is_that_of_the_url_or_else_of_the_environment(url: str, region: str) -> None:
    caller = credentials("sigv4", url, os.environ)
    assert f"/{region}/execute-api/" in caller.headers("GET", url)["Authorization"]


@pytest.mark.usefixtures("aws")
def test_the_region_of_a_custom_domain_may_be_the_profiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    caller = credentials("sigv4", "https://orders.example.com", os.environ)
    signature = caller.headers("GET", "https://orders.example.com/health")["Authorization"]
    assert "/sa-east-1/execute-api/" in signature


@pytest.mark.usefixtures("aws")
def test_a_missing_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(CredentialsError, match="names no AWS region: set AWS_REGION"):
        credentials("sigv4", "https://orders.example.com", os.environ)
