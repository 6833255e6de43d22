from __future__ import annotations

import asyncio
import base64
import gzip
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.access import Access, Refused
from roundtrip_devtools.container import PAYLOAD_LIMIT_BYTES, Container
from roundtrip_devtools.event import HttpRequest, Router
from roundtrip_devtools.gateway import BODY_LIMIT_BYTES, Gateway
from roundtrip_devtools.template import FunctionDefinition
from tests.unit.devtools.asgi import Client, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    Handler = Callable[[Any, Any], Any]

GET = HttpRequest(method="GET", path="/x")
PAGE = "https://example.com"
ORIGIN = ("Origin", PAGE)
PREFLIGHT = ("Access-Control-Request-Method", "PUT")


def gateway(handler: Handler, *routes: str, timeout_s: int = 10) -> Gateway:
    """Return an API; with routes it identifies callers, except for GET /health."""
    function = FunctionDefinition(handler="a.b", timeout_s=timeout_s, memory_mb=512, variables={})
    container = Container(handler, function, function_name="f")
    access = Access(authorize=by_name) if routes else Access()
    return Gateway(container, Router(routes), access, {"GET /health"}, {PAGE})


def answer(handler: Handler, request: HttpRequest = GET, *routes: str) -> Response:
    return asyncio.run(gateway(handler, *routes).answer(request))


def by_name(request: HttpRequest) -> dict[str, Any]:
    name = request.header("authorization")
    if name is None:
        raise Refused("no name", challenge="Name")
    return {"name": name, "path": request.raw_path}


def fails(_event: Any, _context: Any) -> Any:
    raise ZeroDivisionError("the reason")


def exits(_event: Any, _context: Any) -> Any:
    sys.exit(3)


def test_the_handler_gets_event_and_context() -> None:
    def handler(event: Any, context: Any) -> Any:
        return [
            event["rawPath"],
            context.function_name,
            context.memory_limit_in_mb,
            context.invoked_function_arn,
            context.log_group_name,
            8000 < context.get_remaining_time_in_millis() <= 10_000,
            len(context.aws_request_id),
        ]

    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    expected = ["/x", "f", "512", arn, "/aws/lambda/f", True, 36]
    assert json.loads(bytes(answer(handler).body)) == expected


def test_an_answer_has_the_request_id() -> None:
    response = answer(lambda event, _: event["requestContext"]["requestId"])
    assert response.headers["apigw-requestid"].encode() == response.body


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
    handler: Handler, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = answer(handler)
    assert (response.status_code, response.body) == (500, b'{"message":"Internal Server Error"}')
    assert shown in capsys.readouterr().err


def test_after_a_timeout_the_next_call_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    released = threading.Event()

    def handler(event: Any, _context: Any) -> Any:
        return released.wait(60) if event["rawPath"] == "/hangs" else "fine"

    async def run() -> tuple[Response, Response]:
        api = gateway(handler, timeout_s=1)
        first = await api.answer(HttpRequest(method="GET", path="/hangs"))
        second = await api.answer(GET)
        released.set()
        return first, second

    first, second = asyncio.run(run())
    assert (first.status_code, second.body) == (500, b"fine")
    assert "Task timed out after 1 seconds" in capsys.readouterr().err


def test_calls_run_one_at_a_time() -> None:
    running: list[int] = []

    def handler(_event: Any, _context: Any) -> Any:
        running.append(1)
        most = len(running)
        time.sleep(0.01)
        running.pop()
        return most

    async def run() -> list[Response]:
        api = gateway(handler)
        return await asyncio.gather(*(api.answer(GET) for _ in range(3)))

    assert [response.body for response in asyncio.run(run())] == [b"1"] * 3


@pytest.mark.parametrize(
    ("size", "content_type"),
    [(BODY_LIMIT_BYTES + 1, "a/b"), (PAYLOAD_LIMIT_BYTES, "application/json")],
    ids=["API Gateway's limit", "Lambda's limit"],
)
def test_a_large_body_never_reaches_the_handler(size: int, content_type: str) -> None:
    headers = [("content-type", content_type)]
    request = HttpRequest(method="POST", path="/", body=b"x" * size, headers=headers)
    response = answer(fails, request)
    assert (response.status_code, response.body) == (413, b'{"message":"Request Entity Too Large"}')


def test_a_preflight_is_answered_by_the_api() -> None:
    asked = [PREFLIGHT, ("Access-Control-Request-Headers", "if-match,content-type")]
    request = HttpRequest(method="OPTIONS", path="/x", headers=[ORIGIN, *asked])
    response = answer(fails, request, "GET /{proxy+}")
    assert response.status_code == 204
    assert dict(response.headers) == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
        "access-control-allow-headers": "if-match,content-type",
        "access-control-max-age": "300",
        "vary": "Origin",
    }
    foreign = HttpRequest(method="OPTIONS", path="/x", headers=[("Origin", f"{PAGE}:81"), *asked])
    response = answer(fails, foreign, "GET /{proxy+}")
    assert (response.status_code, cors(response)) == (404, {})


def test_a_compressed_answer_is_decoded_from_base64() -> None:
    body = gzip.compress(b"{}")
    result = {
        "statusCode": 200,
        "headers": {"Content-Encoding": "gzip"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }

    response = answer(lambda *_: result, HttpRequest(method="GET", path="/x"))

    assert (response.body, response.headers["content-encoding"]) == (body, "gzip")


def cors(response: Response) -> dict[str, str]:
    return {key: value for key, value in response.headers.items() if key.startswith("access-")}


def test_a_page_of_a_named_origin_can_read_answers_and_refusals() -> None:
    def handler(*_: Any) -> Any:
        headers = {"Access-Control-Allow-Origin": "mine", "Access-Control-Max-Age": "1"}
        return {"statusCode": 200, "headers": headers}

    page = HttpRequest(method="GET", path="/x", headers=[ORIGIN])
    expected = {
        "access-control-allow-origin": PAGE,
        "access-control-expose-headers": (
            "date,etag,location,idempotent-replayed,preference-applied,retry-after"
        ),
    }
    for response in (answer(handler, page), answer(handler, page, "GET /{proxy+}")):
        assert cors(response) == expected
        assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["null", "*", "http://example.com", "https://example.com.evil"])
def test_a_page_of_another_origin_cannot_read_them(origin: str) -> None:
    foreign = HttpRequest(method="GET", path="/x", headers=[("Origin", origin)])
    assert cors(answer(lambda *_: "x", foreign)) == {}
    assert cors(answer(lambda *_: "x")) == {}


def test_a_request_over_asgi() -> None:
    client = Client(gateway(lambda event, _: event))
    headers = {b"content-type": b"application/json", b"x-name": b"\xe4"}
    body = pieces(b'{"a":', b"1}")
    response = client.send("POST", "/%C3%A4?a=1", content=body, headers=headers)
    event = response.json()
    assert response.status_code == 200
    assert response.headers["content-length"] == str(len(response.content))
    assert (event["rawPath"], event["rawQueryString"], event["body"]) == ("/ä", "a=1", '{"a":1}')
    assert event["headers"]["x-name"] == "ä"
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.9"


def ask_guarded(method: str, path: str, **parts: Any) -> Response:
    def handler(event: Any, _context: Any) -> Any:
        return {"authorizer": event["requestContext"].get("authorizer")}

    request = HttpRequest(method=method, path=path, **parts)
    return answer(handler, request, "GET /health", "GET /{proxy+}")


def test_the_function_learns_who_calls() -> None:
    headers = [("Authorization", "ada")]
    response = ask_guarded("GET", "/a b", raw_path="/a%20b", headers=headers)
    assert json.loads(bytes(response.body)) == {"authorizer": {"name": "ada", "path": "/a%20b"}}
    assert json.loads(bytes(ask_guarded("GET", "/health").body)) == {"authorizer": None}


def test_a_refused_caller_does_not_reach_the_function(capsys: pytest.CaptureFixture[str]) -> None:
    response = ask_guarded("GET", "/x")
    assert (response.status_code, response.body) == (401, b'{"message":"Unauthorized"}')
    assert response.headers["www-authenticate"] == "Name"
    assert len(response.headers["apigw-requestid"]) == 36
    assert capsys.readouterr().err == "401: no name.\n"


def test_a_request_without_a_route_reaches_nobody() -> None:
    response = ask_guarded("PUT", "/x")
    assert (response.status_code, response.body) == (404, b'{"message":"Not Found"}')
