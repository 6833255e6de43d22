"""An ASGI app that does what API Gateway does: routes, callers, events, limits, CORS."""

import json
import sys
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from roundtrip_devtools.access import Access, Refused
from roundtrip_devtools.container import PAYLOAD_LIMIT_BYTES, InvocationFailed
from roundtrip_devtools.event import HttpRequest, InvalidResult, Router, to_event, to_response

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
BODY_LIMIT_BYTES: Final = 10 * 1024 * 1024

_EXPOSED: Final = "date,etag,location,idempotent-replayed,preference-applied,retry-after"


class Function(Protocol):
    """Runs the handler."""

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Return the handler's result by way of JSON, or raise `InvocationFailed`."""


@dataclass(frozen=True)
class Gateway:
    """The API; with an access it identifies callers, except on its open routes.

    Pages of the origins may call it and read its answers.
    """

    function: Function
    router: Router
    access: Access = field(default_factory=Access)
    open_routes: Collection[str] = ()
    origins: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        received = Request(scope, receive)
        try:
            body = await limited_body(received, BODY_LIMIT_BYTES)
        except ClientDisconnect:
            return
        request = HttpRequest(
            method=received.method,
            path=scope["path"],
            raw_path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=received.headers.items(),
            body=body,
            source_ip=received.client.host if received.client else "127.0.0.1",
            protocol=f"HTTP/{scope['http_version']}",
        )
        response = await self.answer(request)
        await response(scope, receive, send)

    async def answer(self, request: HttpRequest) -> Response:
        """Return the API's answer to a request, also where the handler fails."""
        origin = request.header("origin")
        if origin is None or origin not in self.origins:
            return await self._integrate(request)
        if request.method == "OPTIONS" and request.header("access-control-request-method"):
            return _preflight(origin, request.header("access-control-request-headers") or "*")
        response = await self._integrate(request)
        # API Gateway with a CORS configuration overrules what the function says about it.
        for name in [name for name in response.headers if name.startswith("access-control-")]:
            del response.headers[name]
        response.headers["access-control-allow-origin"] = origin
        response.headers["access-control-expose-headers"] = _EXPOSED
        response.headers.add_vary_header("Origin")
        return response

    async def _integrate(self, request: HttpRequest) -> Response:
        route = self.router.find(request.method, request.path)
        if route is None:
            return _error(HTTPStatus.NOT_FOUND, "Not Found")
        event = to_event(request, route, request_id=str(uuid.uuid4()), now=datetime.now(UTC))
        context = event["requestContext"]
        try:
            if route.key not in self.open_routes and (who := self.access.authorize(request)):
                context["authorizer"] = who
            response = await self._invoke(request, event)
        except Refused as refused:
            # API Gateway tells a caller less than a developer needs to know.
            print(f"{refused.status}: {refused}.", file=sys.stderr, flush=True)
            response = _error(refused.status, refused.status.phrase)
            if refused.challenge is not None:
                response.headers["www-authenticate"] = refused.challenge
        response.headers["apigw-requestid"] = context["requestId"]
        return response

    async def _invoke(self, request: HttpRequest, event: dict[str, Any]) -> Response:
        # Lambda's limit is below API Gateway's own, and base64 makes a body a third larger.
        size_bytes = len(json.dumps(event).encode())
        if len(request.body) > BODY_LIMIT_BYTES or size_bytes > PAYLOAD_LIMIT_BYTES:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        try:
            return to_response(await self.function.invoke(event))
        except InvalidResult as error:
            print(f"The function's result is no HTTP response: {error}", file=sys.stderr)
        except InvocationFailed:
            pass  # Its reason has been printed.
        return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")


async def limited_body(request: Request, limit_bytes: int) -> bytes:
    """Read a whole body, but keep no more of it than shows that it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= limit_bytes:
            body += chunk
    return bytes(body)


def _error(status: HTTPStatus, message: str) -> Response:
    body = json.dumps({"message": message}, separators=(",", ":"))
    return Response(body, status, media_type="application/json")


def _preflight(origin: str, headers: str) -> Response:
    # Starlette's own CORS answers 200 and leaves the function's headers; API Gateway does neither.
    # A wildcard would not cover Authorization, so the headers that were asked for are allowed by
    # name.
    allowed = {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
        "access-control-allow-headers": headers,
        "access-control-max-age": "300",
        "vary": "Origin",
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=allowed)
