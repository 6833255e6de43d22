from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from roundtrip_devtools.event import (
    HttpRequest,
    InvalidResult,
    Route,
    Router,
    to_event,
    to_response,
)

NOW = datetime(2020, 3, 12, 19, 3, 58, 390_000, tzinfo=UTC)


def event_of(*headers: tuple[str, str], **parts: Any) -> dict[str, Any]:
    request = HttpRequest(method="GET", path="/a/ü", headers=headers, **parts)
    return to_event(request, Route("GET /{proxy+}"), request_id="0123456789abcdef" * 2, now=NOW)


def test_a_bare_request() -> None:
    assert event_of(("Host", "h:3000"), ("User-Agent", "u")) == {
        "version": "2.0",
        "routeKey": "GET /{proxy+}",
        "rawPath": "/a/ü",
        "rawQueryString": "",
        "headers": {
            "host": "h:3000",
            "user-agent": "u",
            "x-amzn-trace-id": "Root=1-5e6a879e-0123456789abcdef01234567",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "3000",
            "x-forwarded-proto": "http",
        },
        "pathParameters": {"proxy": "a/ü"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "h:3000",
            "domainPrefix": "h:3000",
            "http": {
                "method": "GET",
                "path": "/a/ü",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "u",
            },
            "requestId": "0123456789abcdef0123456789abcdef",
            "routeKey": "GET /{proxy+}",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1584039838390,
        },
        "isBase64Encoded": False,
    }


def test_repeated_headers_are_joined_and_cookies_are_a_list() -> None:
    event = event_of(("X-A", "1"), ("Cookie", "a=1; b=2"), ("x-a", "2"), ("cookie", "c=3"))
    assert event["headers"]["x-a"] == "1,2"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2", "c=3"]


def test_the_query_is_passed_raw_and_decoded() -> None:
    event = event_of(query="a=1&b=x%20y+z&a=2%2C3&empty=&bare")
    assert event["rawQueryString"] == "a=1&b=x%20y+z&a=2%2C3&empty=&bare"
    assert event["queryStringParameters"] == {"a": "1,2,3", "b": "x y z", "empty": "", "bare": ""}


def test_headers_of_a_proxy_are_kept() -> None:
    event = event_of(("X-Forwarded-For", "1.2.3.4"), ("X-Amzn-Trace-Id", "Root=1-2-3"))
    assert event["headers"]["x-forwarded-for"] == "1.2.3.4, 127.0.0.1"
    assert event["headers"]["x-amzn-trace-id"] == "Root=1-2-3"


@pytest.mark.parametrize(
    ("content_type", "body", "is_text"),
    [
        ("application/json", "ü".encode(), True),
        ("Application/JSON; charset=utf-8", b"{}", True),
        ("text/csv", b"a", True),
        ("application/xml", b"a", True),
        ("application/octet-stream", b"a=1", False),
        ("application/x-www-form-urlencoded", b"a=1", False),
        ("application/merge-patch+json", b"{}", False),
        ("", b"{}", False),
        ("application/json", b"\xff", False),
    ],
)
def test_only_text_of_known_types_stays_text(content_type: str, body: bytes, is_text: bool) -> None:
    event = event_of(("content-type", content_type), body=body)
    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == (body.decode() if is_text else base64.b64encode(body).decode())


def test_a_result_becomes_a_response() -> None:
    headers = {"ETag": '"1"', "X-Count": 3, "Content-Length": "99"}
    response = to_response(
        {"statusCode": 201, "headers": headers, "cookies": ["a=1", "b=2"], "body": "ü"}
    )
    assert (response.status_code, response.body) == (201, "ü".encode())
    assert response.headers.items() == [
        ("content-length", "2"),
        ("etag", '"1"'),
        ("x-count", "3"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-type", "text/plain;charset=UTF-8"),
    ]


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": "200", "body": "/wA=", "isBase64Encoded": True}, 200, b"\xff\x00"),
        ({"statusCode": 204, "body": "x"}, 204, b""),
        ({"statusCode": 304, "body": "x"}, 304, b""),
        ({"a": 1}, 200, b'{"a": 1}'),
        ("x", 200, b"x"),
        (None, 200, b"null"),
        ([1], 200, b"[1]"),
    ],
)
def test_other_results(result: Any, status: int, body: bytes) -> None:
    response = to_response(result)
    assert (response.status_code, response.body) == (status, body)
    assert ("content-length" in response.headers) is (status == 200)
    if not isinstance(result, dict):
        assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [None, 99, "abc", 200])
def test_a_result_that_is_no_response(status: Any) -> None:
    with pytest.raises(InvalidResult):
        to_response({"statusCode": status, "body": "?", "isBase64Encoded": True})


ROUTER = Router(
    ["GET /{proxy+}", "POST /{proxy+}", "GET /health", "GET /a/{id}/events", "ANY /any/{x}"]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/health", "GET /health", {}),
        ("GET", "/health/deep", "GET /{proxy+}", {"proxy": "health/deep"}),
        ("GET", "/a/1/events", "GET /a/{id}/events", {"id": "1"}),
        ("GET", "/a/1/2/events", "GET /{proxy+}", {"proxy": "a/1/2/events"}),
        ("POST", "/health", "POST /{proxy+}", {"proxy": "health"}),
        ("DELETE", "/any/1", "ANY /any/{x}", {"x": "1"}),
        ("GET", "/any/1", "ANY /any/{x}", {"x": "1"}),
        ("GET", "/two\nlines", "GET /{proxy+}", {"proxy": "two\nlines"}),
    ],
)
def test_the_most_specific_route_is_taken(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    route = ROUTER.find(method, path)
    assert route is not None
    assert (route.key, route.parameters(method, path)) == (key, parameters)


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/health"), ("GET", "/"), ("PUT", "/x")])
def test_a_request_without_a_route(method: str, path: str) -> None:
    assert ROUTER.find(method, path) is None


def test_an_api_without_routes_has_the_default_one() -> None:
    route = Router(()).find("HEAD", "/")
    assert route is not None
    assert (route.key, route.parameters("HEAD", "/")) == ("$default", {})
