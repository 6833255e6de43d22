"""HTTP requests: their routes, their events for a function, and its results as responses.

Payload format 2.0 of an HTTP API. AWS does not document all of it, but events of the real service
show it: the path arrives decoded; a body is text only if its media type is one of a few, and
otherwise base64, even that of a form or of a request without a type.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.responses import Response

ACCOUNT_ID: Final = "000000000000"

_DEFAULT_ROUTE_KEY: Final = "$default"
_VARIABLE: Final = re.compile(r"\{([^{}+]+)(\+?)\}")
_TEXT_TYPES: Final = {"application/json", "application/xml", "application/javascript"}
_BODILESS: Final = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
# These belong to the connection, which is API Gateway's and not the function's.
_HOP_HEADERS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


class Route:
    """A route; its key is such as ``GET /orders/{id}``, ``ANY /{proxy+}`` or ``$default``."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._method, _, path = key.partition(" ")
        pieces = _VARIABLE.split(path)
        self._names, pluses = pieces[1::3], pieces[2::3]
        groups = ["(.+)" if plus else "([^/]+)" for plus in pluses]
        pairs = zip(map(re.escape, pieces[::3]), [*groups, ""], strict=True)
        self._pattern = re.compile("".join(map("".join, pairs)), re.DOTALL)
        # Full matches come first, then greedy ones, then the default.
        self.rank = key == _DEFAULT_ROUTE_KEY, any(pluses), len(pluses), self._method == "ANY"

    def parameters(self, method: str, path: str) -> dict[str, str] | None:
        """Return the parts of the path that the route names; None: it is not the request's."""
        if self.key == _DEFAULT_ROUTE_KEY:
            return {}
        match = self._pattern.fullmatch(path) if self._method in {method, "ANY"} else None
        return match and dict(zip(self._names, match.groups(), strict=True))


class Router:
    """The routes of an API; without any, every request takes the default route."""

    def __init__(self, keys: Iterable[str]) -> None:
        routes = map(Route, list(keys) or [_DEFAULT_ROUTE_KEY])
        self._routes = sorted(routes, key=lambda route: route.rank)

    def find(self, method: str, path: str) -> Route | None:
        """Return the route of a request, or None."""
        taken = (one for one in self._routes if one.parameters(method, path) is not None)
        return next(taken, None)


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request as it arrived: `path` is decoded, `raw_path` and `query` are as they were sent."""

    method: str
    path: str
    raw_path: str = ""
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """Return a header's value, repetitions joined by commas; None: it was not sent."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ",".join(values) if values else None


class InvalidResult(Exception):
    """The function returned something that API Gateway cannot turn into a response."""


def to_event(
    request: HttpRequest, route: Route, *, request_id: str, now: datetime
) -> dict[str, Any]:
    """Return the event of a request that took a route and arrived `now` (with a time zone)."""
    headers = _joined((name.lower(), value) for name, value in request.headers)
    cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie]
    host = headers.get("host", "")
    hops = [hop for hop in (headers.get("x-forwarded-for"), request.source_ip) if hop]
    trace = f"Root=1-{int(now.timestamp()):08x}-{request_id.replace('-', '')[:24]}"
    headers |= {
        "x-amzn-trace-id": headers.get("x-amzn-trace-id", trace),
        "x-forwarded-for": ", ".join(hops),
        "x-forwarded-port": host.rpartition(":")[2] or "80",
        "x-forwarded-proto": "http",
    }
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split(".", maxsplit=1)[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route.key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    # API Gateway leaves these out where a request has none.
    if cookies:
        event["cookies"] = cookies
    if request.query:
        event["queryStringParameters"] = _joined(parse_qsl(request.query, keep_blank_values=True))
    if parameters := route.parameters(request.method, request.path):
        event["pathParameters"] = parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type"))
    return event


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        separator = ";" if name == "cookie" else ","
        joined[name] = f"{joined[name]}{separator}{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str | None) -> tuple[str, bool]:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass  # Its type is wrong: pass it on untouched.
    return base64.b64encode(body).decode(), True


def to_response(result: Any) -> Response:
    """Return the response of a result that has passed through JSON, or raise `InvalidResult`."""
    if not isinstance(result, dict) or "statusCode" not in result:
        # The short form: the result is the body.
        text = result if isinstance(result, str) else json.dumps(result)
        return Response(text, media_type="application/json")
    status = result["statusCode"]
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004  HTTP's own
        raise InvalidResult(f"statusCode must be a number of 200 to 599, not {status!r}")
    response = Response(b"" if status in _BODILESS else _result_body(result), status)
    headers = [
        (str(name).lower(), str(value))
        for name, value in (result.get("headers") or {}).items()
        if str(name).lower() not in _HOP_HEADERS
    ]
    headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    if response.body and not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    response.raw_headers += [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in headers
    ]
    return response


def _result_body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    if not result.get("isBase64Encoded"):
        return text.encode(errors="replace")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        reason = f"isBase64Encoded is set but the body is not base64: {error}"
        raise InvalidResult(reason) from error
