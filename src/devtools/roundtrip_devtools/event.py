"""An HTTP request as API Gateway hands it to a function, and the function's result as a response.

Payload format 2.0 of an HTTP API. Some of it is not in AWS's documentation but can be seen in
events of the real service: the path arrives decoded; a body is text only if its media type is one
of a few, and otherwise base64, even that of a form or of a request without a type.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from roundtrip_devtools.routes import Route

STAGE = "$default"
API_ID = "local"
ACCOUNT_ID = "000000000000"

_TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
# These belong to the connection, which is API Gateway's and not the function's.
_HOP_HEADERS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request as it came over the wire.

    Parameters
    ----------
    method : str
        In capitals.
    path : str
        Decoded.
    raw_path : str
        As it was sent.
    query : str
        As it was sent, without the ``?``.
    headers : Sequence
        Name and value, in order, with repetitions.
    body : bytes
        All of it.
    source_ip, protocol : str
        Of the connection.
    """

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


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A response to send.

    Parameters
    ----------
    status : int
        The status code.
    headers : list
        Name and value.
    body : bytes
        The body.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class InvalidResult(Exception):
    """The function returned what API Gateway cannot make a response of."""


def to_event(
    request: HttpRequest, route: Route, *, request_id: str, now: datetime
) -> dict[str, Any]:
    """Make the event of a request.

    Parameters
    ----------
    request : HttpRequest
        The request.
    route : Route
        The API's route that it matches.
    request_id : str
        API Gateway's id of it.
    now : datetime
        When it came, with a time zone.

    Returns
    -------
    dict
        The event.
    """
    headers, cookies = _joined(request.headers)
    host = headers.get("host", "")
    headers |= _added_headers(headers, request.source_ip, request_id, now)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": API_ID,
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
            "stage": STAGE,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    # API Gateway leaves these out where a request has none.
    if cookies:
        event["cookies"] = cookies
    if request.query:
        event["queryStringParameters"] = _query_parameters(request.query)
    if parameters := route.parameters(request.path):
        event["pathParameters"] = parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request.body, headers.get("content-type"))
    return event


def to_response(result: Any) -> HttpResponse:
    """Make the response of a function's result.

    Parameters
    ----------
    result : object
        What the function returned, after a journey through JSON.

    Returns
    -------
    HttpResponse
        The response.

    Raises
    ------
    InvalidResult
        It is no response.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        # The short form: whatever it is, it is the body.
        text = result if isinstance(result, str) else json.dumps(result)
        return HttpResponse(
            status=HTTPStatus.OK, headers=[("content-type", "application/json")], body=text.encode()
        )
    status = result["statusCode"]
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    if not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004  HTTP's own
        raise InvalidResult(f"statusCode must be a number of 200 to 599, not {status!r}")
    headers = [
        (str(name).lower(), str(value))
        for name, value in (result.get("headers") or {}).items()
        if str(name).lower() not in _HOP_HEADERS
    ]
    headers += [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    body = b"" if status in _BODILESS else _result_body(result)
    if body and not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return HttpResponse(status=status, headers=headers, body=body)


def _result_body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    if not result.get("isBase64Encoded"):
        return text.encode(errors="replace")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidResult(
            f"isBase64Encoded is set but the body is not base64: {error}"
        ) from error


def _joined(headers: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in headers:
        key = name.lower()
        if key == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";")]
        else:
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined, cookies


def _added_headers(
    headers: dict[str, str], source_ip: str, request_id: str, now: datetime
) -> dict[str, str]:
    hops = [hop for hop in (headers.get("x-forwarded-for"), source_ip) if hop]
    trace = f"Root=1-{int(now.timestamp()):08x}-{request_id.replace('-', '')[:24]}"
    return {
        "x-amzn-trace-id": headers.get("x-amzn-trace-id", trace),
        "x-forwarded-for": ", ".join(hops),
        "x-forwarded-port": headers.get("host", "").rpartition(":")[2] or "80",
        "x-forwarded-proto": "http",
    }


def _query_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _body(body: bytes, content_type: str | None) -> tuple[str, bool]:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass  # It is not the text it was said to be: pass it on untouched.
    return base64.b64encode(body).decode(), True
