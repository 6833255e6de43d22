from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from roundtrip_devtools.origins import Guard, pass_origins, passed_origins
from tests.unit.devtools.asgi import URL, Client

if TYPE_CHECKING:
    from starlette.requests import Request

PAGE = "http://localhost:5173"
WRITES = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]
SAFE = ["GET", "HEAD"]


async def serve(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("served")


ROUTE = Route("/{path:path}", serve, methods=[*WRITES, *SAFE])
CLIENT = Client(Guard(Starlette(routes=[ROUTE]), {PAGE}))


def status(method: str, **headers: str) -> int:
    return CLIENT.send(method, "/", headers=headers).status_code


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:3000",
        "127.9.9.9:80",
        "localhost",
        "LocalHost:8080",
        "shop.localhost:3000",
        "[::1]",
        "[::1]:3000",
    ],
)
def test_names_and_addresses_of_this_machine(host: str) -> None:
    assert {status(method, host=host) for method in (*WRITES, *SAFE)} == {200}
    own = f"http://{host.lower()}"
    assert {status(method, host=host, origin=own) for method in (*WRITES, *SAFE)} == {200}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3000",
        "[:]",
        "[127.0.0.1]",
        "192.0.2.1",
        "0.0.0.0:3000",
        "[2001:db8::1]:3000",
        "[::1",
        "::1",
        "[]",
        "",
        "127.0.0.1.evil.example",
        "localhost.evil.example:3000",
        "127.0.0.1:3000@evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1/evil.example",
        "127.0.0.1:evil.example",
        "localhost:3000,evil.example",
    ],
)
def test_another_host(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    for method in (*WRITES, *SAFE):
        # Also if the page is then of the same origin.
        for headers in ({"host": host}, {"host": host, "origin": f"http://{host}"}):
            answer = CLIENT.send(method, "/", headers=headers)
            assert answer.status_code == 403
            assert "served" not in answer.text
            assert not any(name.startswith("access-control-") for name in answer.headers)
    assert "its host is not this machine" in capsys.readouterr().err


def test_two_hosts() -> None:
    headers = [(b"host", b"127.0.0.1:3000"), (b"host", b"evil.example")]
    assert CLIENT.send("GET", "/", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:3000",
        "http://127.0.0.1:3001",
        "http://127.0.0.1",
        "http://localhost:3000",
        "http://127.0.0.1:3000.evil.example",
        f"{PAGE}0",
        "*",
        "",
    ],
)
def test_a_page_of_another_origin_causes_no_write(origin: str) -> None:
    assert {status(method, origin=origin) for method in WRITES} == {403}
    # An image or a link: the answer says nothing to the page.
    assert {status(method, origin=origin) for method in SAFE} == {200}


def test_a_named_origin_and_programs_without_one() -> None:
    assert {status(method, origin=PAGE) for method in (*WRITES, *SAFE)} == {200}
    assert {status(method) for method in (*WRITES, *SAFE)} == {200}
    both = [(b"origin", URL.encode()), (b"origin", b"http://evil.example")]
    assert CLIENT.send("POST", "/", headers=both).status_code == 403


def test_workers_learn_the_origins_and_their_application_does_not() -> None:
    environ = {"PATH": "/bin"}
    pass_origins([PAGE], environ)
    assert passed_origins(environ) == {PAGE}
    assert environ == {"PATH": "/bin"}


def passed_on(scope: dict[str, Any]) -> bool:
    """Return whether an app behind the guard gets something that is no HTTP request."""
    got: list[Any] = []
    sent: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        got.append(scope)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(app, {PAGE})(scope, None, send))  # type: ignore[arg-type]
    # A server answers 403 to the first of these messages.
    assert bool(got) is not bool(sent)
    return bool(got)


def websocket(**headers: str) -> dict[str, Any]:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "websocket", "headers": pairs, "extensions": {"websocket.http.response": {}}}


def test_a_websocket_needs_a_host_of_this_machine() -> None:
    assert passed_on(websocket(host="127.0.0.1:3000"))
    assert not passed_on(websocket(host="evil.example"))
    # The page at localhost has another origin than the WebSocket API; the ticket protects.
    assert passed_on(websocket(host="127.0.0.1:3000", origin="http://localhost:3000"))


def test_the_start_and_the_end_of_the_server_are_passed_on() -> None:
    assert passed_on({"type": "lifespan"})
