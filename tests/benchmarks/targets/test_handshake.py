import os

import pytest

from benchmarks.targets import Target
from benchmarks.targets.http import CoupledHttp
from benchmarks.targets.streamed import Streamed, handshake_headers
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

TOKEN = "head.claims.signature"
ORDER = b'{"id":"so-1","version":1,"status":"draft","lines":[{"quantity":2}]}'
DISPATCHED = b'{"version":2,"state":{"status":"draft","lines":[{"quantity":1}]},"outcomes":[]}'


def ask(target: Target) -> None:
    call = target.prepare("update", 0)
    call.check(call.send())


def http_requests(mode: str, **environ: str) -> list[Received]:
    """Return the requests that a server gets from a caller of some mode."""

    def answer(request: Received) -> tuple[int, bytes]:
        if request.method == "DELETE":
            return 204, b""
        return (201, ORDER) if request.path.endswith("/sales-orders") else (200, DISPATCHED)

    with recording(answer) as server:
        url = f"{server.url}/prod"
        target = CoupledHttp(url, credentials(mode, url, {**os.environ, **environ}), with_key=True)
        ask(target)
        target.delete_orders()
        target.close()
    return server.received


def handshake(mode: str, path: str = "") -> Received:
    """Return the request for a WebSocket that a server gets."""
    with stand_in() as server:
        url = server.url + path
        target = Streamed(url, credentials(mode, url, os.environ))
        ask(target)
        target.close()
    (received,) = server.handshakes
    return received


def signature(received: Received) -> str:
    return recomputed_signature(received, service="execute-api", region="eu-west-1")


@pytest.mark.usefixtures("aws")
def test_sigv4_signs_every_request_as_it_arrives_with_its_own_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    received = http_requests("sigv4")
    assert [request.method for request in received] == ["POST", "POST", "DELETE"]
    assert received[1].path == "/prod/stores/salesOrders/so-1/actions"
    for request in received:
        assert claimed_signature(request) == signature(request)
        authorization = request.headers["authorization"]
        assert f"Credential={ACCESS_KEY}/" in authorization
        assert "/eu-west-1/execute-api/aws4_request" in authorization
        assert "host" in authorization
        assert "x-amz-security-token" in authorization
        assert request.headers["x-amz-security-token"] == "session"
    first, second, _ = received
    swapped = Received(first.method, first.path, first.headers, second.body)
    assert claimed_signature(first) != signature(swapped)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("path", ["", "/prod"])
def test_sigv4_signs_the_handshake_as_it_arrives(path: str) -> None:
    received = handshake("sigv4", path)
    assert received.path == (path or "/")
    assert claimed_signature(received) == signature(received)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("url", ["wss://example.com/prod", "wss://example.com:443/prod"])
def test_the_default_port_is_no_part_of_a_signed_host(url: str) -> None:
    headers = handshake_headers(credentials("sigv4", url, os.environ), url)
    # Every client sends the host like this, with or without the port in the URL.
    arrived = {name.lower(): value for name, value in headers.items()} | {"host": "example.com"}
    received = Received("GET", "/prod", arrived)
    assert claimed_signature(received) == signature(received)


def test_jwt_sends_the_token_but_not_to_a_websocket() -> None:
    for request in http_requests("jwt", ROUNDTRIP_TOKEN=f" {TOKEN}\n"):
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
    caller = credentials("jwt", "", {"ROUNDTRIP_TOKEN": TOKEN})
    with pytest.raises(CredentialsError, match="no JWT authorizer for WebSocket APIs"):
        handshake_headers(caller, "wss://example.com/prod")


def test_open_sends_nothing() -> None:
    for request in [*http_requests("open"), handshake("open")]:
        assert "authorization" not in request.headers
        assert "x-amz-date" not in request.headers


@pytest.mark.parametrize("mode", [None, ""])
def test_a_mode_is_never_guessed(mode: str | None) -> None:
    with pytest.raises(CredentialsError, match=r"open, sigv4, jwt; .*received nothing\."):
        credentials(mode, "https://example.com", {"ROUNDTRIP_TOKEN": TOKEN})


@pytest.mark.parametrize("token", [None, "", " ", "tok\nen", "tökén"])
def test_a_missing_or_broken_token_is_not_shown(token: str | None) -> None:
    environ = {} if token is None else {"ROUNDTRIP_TOKEN": token}
    with pytest.raises(CredentialsError, match="ROUNDTRIP_TOKEN") as error:
        credentials("jwt", "https://example.com", environ)
    assert not (token and token.strip() and token in str(error.value))


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("url", "region"),
    [
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
def test_the_region_of_a_custom_domain_may_be_the_default_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    url = "https://orders.example.com/health"
    signed = credentials("sigv4", url, os.environ).headers("GET", url)["Authorization"]
    assert "/sa-east-1/execute-api/" in signed
