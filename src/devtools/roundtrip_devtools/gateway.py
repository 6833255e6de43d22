"""An ASGI app that does what API Gateway does: routes, callers, events, limits, CORS."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from roundtrip_devtools.access import Access, Refused
from roundtrip_devtools.container import PAYLOAD_LIMIT_BYTES, InvocationFailed
from roundtrip_devtools.event import HttpRequest, InvalidResult, to_event, to_response

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import Receive, Scope, Send

    from roundtrip_devtools.routes import Router

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
BODY_LIMIT_BYTES: Final = 10 * 1024 * 1024

_CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "etag,location,idempotent-replayed,retry-after",
}


class Function(Protocol):
    """Runs the handler."""

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Return the handler's result by way of JSON, or raise `InvocationFailed`."""


class Gateway:
    """The API; with an access it identifies callers, except on its open routes."""

    def __init__(
        self,
        function: Function,
        router: Router,
        access: Access | None = None,
        open_routes: Collection[str] = (),
    ) -> None:
        self._function = function
        self._router = router
        self._access = access or Access()
        self._open_routes = open_routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            raise NotImplementedError(f"this API supports no {scope['type']}")
        try:
            body = await limited_body(Request(scope, receive), BODY_LIMIT_BYTES)
        except ClientDisconnect:
            return
        headers = [
            (name.decode("latin-1"), one.decode("latin-1")) for name, one in scope["headers"]
        ]
        response = await self.answer(
            HttpRequest(
                method=scope["method"],
                path=scope["path"],
                raw_path=scope["raw_path"].decode("latin-1"),
                query=scope["query_string"].decode("latin-1"),
                headers=headers,
                body=body,
                source_ip=(scope.get("client") or ("127.0.0.1", 0))[0],
                protocol=f"HTTP/{scope['http_version']}",
            )
        )
        await response(scope, receive, send)

    async def answer(self, request: HttpRequest) -> Response:
        """Return the API's answer to a request, also where the handler fails."""
        if request.header("origin") is None:
            return await self._integrate(request)
        if request.method == "OPTIONS" and request.header("access-control-request-method"):
            return _preflight(request.header("access-control-request-headers") or "*")
        response = await self._integrate(request)
        # API Gateway with a CORS configuration overrules what the function says about it.
        for name in [name for name in response.headers if name.startswith("access-control-")]:
            del response.headers[name]
        response.headers.update(_CORS)
        return response

    async def _integrate(self, request: HttpRequest) -> Response:
        request_id = str(uuid.uuid4())
        route = self._router.find(request.method, request.path)
        if route is None:
            return _error(HTTPStatus.NOT_FOUND, "Not Found")
        event = to_event(request, route, request_id=request_id, now=datetime.now(UTC))
        try:
            identity = None if route.key in self._open_routes else self._access.authorize(request)
        except Refused as refused:
            # API Gateway tells a caller less than a developer needs to know.
            print(f"{refused.status}: {refused}.", file=sys.stderr, flush=True)
            response = _error(refused.status, refused.status.phrase)
            if refused.challenge is not None:
                response.headers["www-authenticate"] = refused.challenge
        else:
            if identity is not None:
                event["requestContext"]["authorizer"] = identity
            # Lambda's limit is below API Gateway's own, and base64 makes a body a third larger.
            size_bytes = len(json.dumps(event).encode())
            if len(request.body) > BODY_LIMIT_BYTES or size_bytes > PAYLOAD_LIMIT_BYTES:
                return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
            try:
                response = to_response(await self._function.invoke(event))
            except InvocationFailed:
                return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
            except InvalidResult as error:
                print(f"The function's result is no HTTP response: {error}", file=sys.stderr)
                return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
        response.headers["apigw-requestid"] = request_id
        return response


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


def _preflight(headers: str) -> Response:
    # Starlette's own CORS answers 200 and leaves the function's headers; API Gateway does neither.
    # A wildcard would not cover Authorization, so the headers that were asked for are allowed by
    # name.
    return Response(
        status_code=HTTPStatus.NO_CONTENT,
        headers={
            "access-control-allow-origin": "*",
            "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
            "access-control-allow-headers": headers,
            "access-control-max-age": "300",
        },
    )
