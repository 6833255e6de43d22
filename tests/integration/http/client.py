"""A client of the handler: it speaks in HTTP and sends what API Gateway would."""

from __future__ import annotations

import json as jsonlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LAMBDA_TIMEOUT_MS: Final = 15_000
LAMBDA_LIMIT_BYTES: Final = 6 * 1024 * 1024
_NOTHING: Final = object()


@dataclass(frozen=True)
class Context:
    """Lambda's context of one invocation."""

    remaining_ms: int = LAMBDA_TIMEOUT_MS
    aws_request_id: str = "aws-request"
    function_name: str = "roundtrip"
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:roundtrip"
    memory_limit_in_mb: int = 512

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Answer:
    """What the handler returned."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.text)

    @property
    def problem(self) -> str:
        """The last part of the problem's type."""
        assert self.headers["content-type"] == "application/problem+json", self.text[:500]
        slug: str = self.json["type"].removeprefix("/problems/")
        return slug


def make_event(
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    authorizer: Mapping[str, Any] | None = None,
    request_id: str = "request-1",
) -> dict[str, Any]:
    """Make the event of a request: HTTP API, payload 2.0."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {"host": "api.example.org", **sent},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.example.org",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "tests",
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:12:00:00 +0000",
            "timeEpoch": 1767268800000,
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(query)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = dict(authorizer)
    if body is not None:
        event["body"] = body
    return event


def parse(result: dict[str, Any]) -> Answer:
    """Read what the handler returned, and check that API Gateway can send it."""
    size_bytes = len(jsonlib.dumps(result, ensure_ascii=False).encode())
    assert size_bytes <= LAMBDA_LIMIT_BYTES, "Lambda cannot return this"
    headers = {name.lower(): value for name, value in result["headers"].items()}
    assert all(isinstance(value, str) for value in headers.values()), headers
    assert not result.get("isBase64Encoded")
    return Answer(result["statusCode"], headers, result.get("body") or "")


@dataclass(frozen=True)
class Api:
    """One caller of one container."""

    handler: Callable[[dict[str, Any], Any], dict[str, Any]]
    authorizer: dict[str, Any] | None = None
    context: Context = field(default_factory=Context)

    def send(
        self,
        method: str,
        path: str,
        json: Any = _NOTHING,
        *,
        body: str | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; ``json`` is written as its body, ``body`` is the body as it is."""
        if json is not _NOTHING:
            body = jsonlib.dumps(json)
        if body is not None:
            headers = {"content-type": "application/json", **(headers or {})}
        event = make_event(
            method, path, query=query, headers=headers, body=body, authorizer=self.authorizer
        )
        return parse(self.handler(event, self.context))

    def get(self, path: str, **parts: Any) -> Answer:
        return self.send("GET", path, **parts)

    def post(self, path: str, json: Any = _NOTHING, **parts: Any) -> Answer:
        return self.send("POST", path, json, **parts)

    def put(self, path: str, json: Any = _NOTHING, **parts: Any) -> Answer:
        return self.send("PUT", path, json, **parts)

    def patch(self, path: str, json: Any = _NOTHING, **parts: Any) -> Answer:
        return self.send("PATCH", path, json, **parts)

    def delete(self, path: str, **parts: Any) -> Answer:
        return self.send("DELETE", path, **parts)

    def events(self, path: str) -> list[dict[str, Any]]:
        """Give the whole history of ``/stores/{store}/{id}``, page by page."""
        found: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            page = self.get(f"{path}/events", query={"after": str(after)})
            assert page.status == 200, page.text
            found += page.json["events"]
            after = page.json["next"]
        return found

    def pages(self, path: str, *, limit: int) -> list[list[dict[str, Any]]]:
        """Give every page of a listing."""
        found: list[list[dict[str, Any]]] = []
        query = {"limit": str(limit)}
        while True:
            page = self.get(path, query=query)
            assert page.status == 200, page.text
            found.append(page.json["items"])
            if page.json["next"] is None:
                return found
            query["cursor"] = page.json["next"]
