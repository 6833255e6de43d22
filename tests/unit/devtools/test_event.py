from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from roundtrip_devtools.event import HttpRequest, InvalidResult, to_event, to_response
from roundtrip_devtools.routes import Route

NOW = datetime(2020, 3, 12, 19, 3, 58, 390_000, tzinfo=UTC)


def event_of(**fields: Any) -> dict[str, Any]:
    request = HttpRequest(**{"method": "POST", "path": "/p", **fields})
    return to_event(request, Route("$default"), request_id="a" * 32, now=NOW)


def test_a_bare_request() -> None:
    event = to_event(
        HttpRequest(method="GET", path="/a/ü", headers=[("Host", "h:3000"), ("User-Agent", "u")]),
        Route("GET /{proxy+}"),
        request_id="0123456789abcdef0123456789abcdef",
        now=NOW,
    )
    assert event == {
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


def test_repeated_headers_are_joined_and_cookies_stand_apart() -> None:
    event = event_of(
        headers=[("X-A", "1"), ("Cookie", "a=1; b=2"), ("x-a", "2"), ("cookie", "c=3")]
    )
    assert event["headers"]["x-a"] == "1,2"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2", "c=3"]


def test_the_query_is_given_raw_and_decoded() -> None:
    event = event_of(query="a=1&b=x%20y+z&a=2%2C3&empty=&bare")
    assert event["rawQueryString"] == "a=1&b=x%20y+z&a=2%2C3&empty=&bare"
    assert event["queryStringParameters"] == {"a": "1,2,3", "b": "x y z", "empty": "", "bare": ""}


def test_a_proxy_in_front_is_kept() -> None:
    event = event_of(headers=[("X-Forwarded-For", "1.2.3.4"), ("X-Amzn-Trace-Id", "Root=1-2-3")])
    assert event["headers"]["x-forwarded-for"] == "1.2.3.4, 127.0.0.1"
    assert event["headers"]["x-amzn-trace-id"] == "Root=1-2-3"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "text/csv", "application/xml"],
)
def test_text_stays_text(content_type: str) -> None:
    event = event_of(body="ü".encode(), headers=[("content-type", content_type)])
    assert (event["body"], event["isBase64Encoded"]) == ("ü", False)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
    ],
)
def test_everything_else_is_base64(content_type: str) -> None:
    event = event_of(body=b"a=1", headers=[("content-type", content_type)])
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"a=1", True)


def test_a_body_without_a_type_is_base64() -> None:
    assert event_of(body=b"{}")["isBase64Encoded"] is True


def test_text_that_is_not_utf8_is_base64() -> None:
    event = event_of(body=b"\xff", headers=[("content-type", "application/json")])
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\xff", True)


def test_a_result_becomes_a_response() -> None:
    response = to_response(
        {
            "statusCode": 201,
            "headers": {"ETag": '"1"', "X-Count": 3, "Content-Length": "99"},
            "cookies": ["a=1", "b=2"],
            "body": "ü",
        }
    )
    assert response.status == 201
    assert response.headers == [
        ("etag", '"1"'),
        ("x-count", "3"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-type", "text/plain;charset=UTF-8"),
    ]
    assert response.body == "ü".encode()


def test_a_binary_result_is_decoded() -> None:
    response = to_response({"statusCode": "200", "body": "/wA=", "isBase64Encoded": True})
    assert (response.status, response.body) == (200, b"\xff\x00")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    assert to_response({"statusCode": status, "body": "x"}).body == b""


@pytest.mark.parametrize(
    ("result", "body"), [({"a": 1}, b'{"a": 1}'), ("x", b"x"), (None, b"null"), ([1], b"[1]")]
)
def test_the_short_form(result: Any, body: bytes) -> None:
    response = to_response(result)
    assert (response.status, response.body) == (200, body)
    assert response.headers == [("content-type", "application/json")]


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": "abc"},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
    ],
)
def test_what_is_no_response(result: Any) -> None:
    with pytest.raises(InvalidResult):
        to_response(result)
