from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.authorizer import Refused
from roundtrip_devtools.container import PAYLOAD_LIMIT_BYTES, Container
from roundtrip_devtools.event import HttpRequest, HttpResponse
from roundtrip_devtools.gateway import BODY_LIMIT_BYTES, Gateway
from roundtrip_devtools.routes import Router
from roundtrip_devtools.template import FunctionDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

INTERNAL_SERVER_ERROR = b'{"message":"Internal Server Error"}'
JSON_TYPE = ("content-type", "application/json")


def gateway(handler: Callable[[Any, Any], Any], *, timeout_s: int = 10) -> Gateway:
    function = FunctionDefinition(handler="a.b", timeout_s=timeout_s, memory_mb=512, variables={})
    return Gateway(Container(handler, function, function_name="f"), Router(()))


def answer(
    handler: Callable[[Any, Any], Any], request: HttpRequest, *, timeout_s: int = 10
) -> HttpResponse:
    async def run() -> HttpResponse:
        return await gateway(handler, timeout_s=timeout_s).answer(request)

    return asyncio.run(run())


GET = HttpRequest(method="GET", path="/x")


def test_the_handler_gets_event_and_context() -> None:
    def handler(event: Any, context: Any) -> Any:
        facts = {
            "path": event["rawPath"],
            "name": context.function_name,
            "memory": context.memory_limit_in_mb,
            "arn": context.invoked_function_arn,
            "group": context.log_group_name,
            "left": 8000 < context.get_remaining_time_in_millis() <= 10_000,
            "id": len(context.aws_request_id),
        }
        return {"statusCode": 200, "body": json.dumps(facts)}

    assert json.loads(answer(handler, GET).body) == {
        "path": "/x",
        "name": "f",
        "memory": "512",
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "group": "/aws/lambda/f",
        "left": True,
        "id": 36,
    }


def test_an_answer_carries_the_request_id() -> None:
    response = answer(lambda event, _: event["requestContext"]["requestId"], GET)
    assert ("apigw-requestid", response.body.decode()) in response.headers


def fails(_event: Any, _context: Any) -> Any:
    raise ZeroDivisionError("the reason")


def exits(_event: Any, _context: Any) -> Any:
    sys.exit(3)


@pytest.mark.parametrize(
    ("handler", "shown"),
    [
        (fails, "ZeroDivisionError: the reason"),
        (exits, "SystemExit: 3"),
        (lambda *_: object(), "not JSON serializable"),
        (lambda *_: {"statusCode": "x"}, "statusCode must be a number"),
        (lambda *_: "x" * (PAYLOAD_LIMIT_BYTES + 1), "exceeded maximum allowed payload size"),
    ],
)
def test_a_failing_handler_is_a_500_and_shown(
    handler: Callable[[Any, Any], Any], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = answer(handler, GET)
    assert (response.status, response.body) == (500, INTERNAL_SERVER_ERROR)
    assert shown in capsys.readouterr().err


def test_a_handler_out_of_time_is_a_500_and_the_next_call_is_served(
    capsys: pytest.CaptureFixture[str],
) -> None:
    released = threading.Event()

    def handler(event: Any, _context: Any) -> Any:
        return released.wait(60) if event["rawPath"] == "/hangs" else "fine"

    async def run() -> tuple[HttpResponse, HttpResponse]:
        api = gateway(handler, timeout_s=1)
        first = await api.answer(HttpRequest(method="GET", path="/hangs"))
        second = await api.answer(GET)
        released.set()
        return first, second

    first, second = asyncio.run(run())
    assert (first.status, first.body) == (500, INTERNAL_SERVER_ERROR)
    assert second.body == b"fine"
    assert "Task timed out after 1 seconds" in capsys.readouterr().err


def test_calls_come_one_at_a_time() -> None:
    running: list[int] = []

    def handler(_event: Any, _context: Any) -> Any:
        running.append(1)
        most = len(running)
        time.sleep(0.01)
        running.pop()
        return most

    async def run() -> list[bytes]:
        api = gateway(handler)
        return [one.body for one in await asyncio.gather(*(api.answer(GET) for _ in range(5)))]

    assert asyncio.run(run()) == [b"1"] * 5


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest(method="POST", path="/", body=b"x" * (BODY_LIMIT_BYTES + 1)),
        HttpRequest(method="POST", path="/", body=b"x" * PAYLOAD_LIMIT_BYTES, headers=[JSON_TYPE]),
    ],
    ids=["API Gateway's limit", "Lambda's limit"],
)
def test_a_large_body_never_reaches_the_handler(request_: HttpRequest) -> None:
    response = answer(fails, request_)
    assert (response.status, response.body) == (413, b'{"message":"Request Entity Too Large"}')


def test_what_has_no_route_never_reaches_the_handler() -> None:
    function = FunctionDefinition(handler="a.b", timeout_s=1, memory_mb=1, variables={})

    async def run() -> HttpResponse:
        container = Container(fails, function, function_name="f")
        return await Gateway(container, Router(["GET /a"])).answer(GET)

    response = asyncio.run(run())
    assert (response.status, response.body) == (404, b'{"message":"Not Found"}')


def test_a_preflight_is_answered_by_the_api() -> None:
    response = answer(
        fails,
        HttpRequest(
            method="OPTIONS",
            path="/x",
            headers=[
                ("Origin", "https://example.com"),
                ("Access-Control-Request-Method", "PUT"),
                ("Access-Control-Request-Headers", "if-match,content-type"),
            ],
        ),
    )
    assert response.status == 204
    assert dict(response.headers) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
        "access-control-allow-headers": "if-match,content-type",
        "access-control-max-age": "300",
    }


def test_a_page_may_read_the_headers_it_needs() -> None:
    response = answer(
        lambda *_: {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "mine"}},
        HttpRequest(method="GET", path="/x", headers=[("Origin", "https://example.com")]),
    )
    headers = [header for header in response.headers if header[0].startswith("access-control-")]
    assert headers == [
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "etag,location,idempotent-replayed,retry-after"),
    ]


def test_without_an_origin_nothing_is_said_about_cors() -> None:
    headers = dict(answer(lambda *_: "x", GET).headers)
    assert not any(name.startswith("access-control-") for name in headers)


def test_a_request_over_asgi() -> None:
    sent: list[Any] = []
    chunks = [{"type": "http.request", "body": b'{"a":', "more_body": True}]
    chunks += [{"type": "http.request", "body": b"1}", "more_body": False}]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/ä",
        "raw_path": b"/%C3%A4",
        "query_string": b"a=1",
        "headers": [(b"content-type", b"application/json"), (b"x-\xe4", b"\xe4")],
        "client": ("127.0.0.9", 1),
        "http_version": "1.1",
    }

    async def receive() -> Any:
        return chunks.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await gateway(lambda event, _: event)(scope, receive, send)

    asyncio.run(run())
    start, body = sent
    event = json.loads(body["body"])
    assert start["status"] == 200
    assert (b"content-length", str(len(body["body"])).encode()) in start["headers"]
    assert event["rawPath"] == "/ä"
    assert event["rawQueryString"] == "a=1"
    assert event["body"] == '{"a":1}'
    assert event["headers"]["x-ä"] == "ä"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.9"


def test_other_protocols_are_refused() -> None:
    async def run() -> None:
        await gateway(fails)({"type": "websocket"}, None, None)  # type: ignore[arg-type]

    with pytest.raises(NotImplementedError, match="websocket"):
        asyncio.run(run())


class ByName:
    """Lets in whoever gives a name."""

    def authorize(self, request: HttpRequest) -> dict[str, Any]:
        name = request.header("authorization")
        if name is None:
            raise Refused(HTTPStatus.UNAUTHORIZED, "no name", challenge="Name")
        return {"name": name, "path": request.raw_path}


def ask_guarded(request: HttpRequest) -> HttpResponse:
    function = FunctionDefinition(handler="a.b", timeout_s=10, memory_mb=512, variables={})

    def handler(event: Any, _context: Any) -> Any:
        return {"authorizer": event["requestContext"].get("authorizer")}

    api = Gateway(
        Container(handler, function, function_name="f"),
        Router(["GET /health", "GET /{proxy+}"]),
        ByName(),
        {"GET /health"},
    )
    return asyncio.run(api.answer(request))


def test_the_function_learns_who_calls() -> None:
    headers = [("Authorization", "ada")]
    response = ask_guarded(
        HttpRequest(method="GET", path="/a b", raw_path="/a%20b", headers=headers)
    )
    assert json.loads(response.body) == {"authorizer": {"name": "ada", "path": "/a%20b"}}


def test_who_is_refused_does_not_reach_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    response = ask_guarded(HttpRequest(method="GET", path="/x"))
    headers = dict(response.headers)
    assert (response.status, response.body) == (401, b'{"message":"Unauthorized"}')
    assert headers["www-authenticate"] == "Name"
    assert len(headers["apigw-requestid"]) == 36
    assert capsys.readouterr().err == "401: no name.\n"


def test_a_page_can_read_that_it_was_refused() -> None:
    request = HttpRequest(method="GET", path="/x", headers=[("Origin", "https://example.com")])
    assert ("access-control-allow-origin", "*") in ask_guarded(request).headers


def test_an_open_route_asks_nobody() -> None:
    response = ask_guarded(HttpRequest(method="GET", path="/health"))
    assert json.loads(response.body) == {"authorizer": None}


def test_a_preflight_asks_nobody() -> None:
    headers = [("Origin", "https://example.com"), ("Access-Control-Request-Method", "GET")]
    assert ask_guarded(HttpRequest(method="OPTIONS", path="/x", headers=headers)).status == 204


def test_where_no_route_is_nobody_is_asked() -> None:
    assert ask_guarded(HttpRequest(method="PUT", path="/x")).status == 404
