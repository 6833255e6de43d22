"""An ASGI app that stands where API Gateway stands: routes, callers, events, limits, CORS."""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from roundtrip_devtools.authorizer import Refused
from roundtrip_devtools.container import PAYLOAD_LIMIT_BYTES, InvocationFailed
from roundtrip_devtools.event import HttpRequest, HttpResponse, InvalidResult, to_event, to_response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, MutableMapping

    from roundtrip_devtools.authorizer import Authorizer
    from roundtrip_devtools.routes import Router

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
BODY_LIMIT_BYTES = 10 * 1024 * 1024

_EXPOSED_HEADERS = "etag,location,idempotent-replayed,retry-after"
_PREFLIGHT_MAX_AGE_S = 300


class Function(Protocol):
    """What runs the handler."""

    async def invoke(self, event: dict[str, Any]) -> Any:
        """Return the handler's result, after a journey through JSON.

        Raises
        ------
        InvocationFailed
            It gave none.
        """


class Gateway:
    """The API.

    Parameters
    ----------
    function : Function
        Runs the handler.
    router : Router
        The API's routes.
    authorizer : Authorizer, optional
        Tells who sends a request; without it everyone may call.
    open_routes : Collection of str
        The keys of the routes that it is not asked for.
    """

    def __init__(
        self,
        function: Function,
        router: Router,
        authorizer: Authorizer | None = None,
        open_routes: Collection[str] = (),
    ) -> None:
        self._function = function
        self._router = router
        self._authorizer = authorizer
        self._open_routes = open_routes

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            raise NotImplementedError(f"this API does not speak {scope['type']}")
        client = scope.get("client") or ("127.0.0.1", 0)
        body = await _read_body(receive)
        if body is None:
            return
        response = await self.answer(
            HttpRequest(
                method=scope["method"],
                path=scope["path"],
                raw_path=scope["raw_path"].decode("latin-1"),
                query=scope["query_string"].decode("latin-1"),
                headers=[
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in scope["headers"]
                ],
                body=body,
                source_ip=client[0],
                protocol=f"HTTP/{scope['http_version']}",
            )
        )
        headers = list(response.headers)
        # https://www.rfc-editor.org/rfc/rfc9110#name-content-length
        if response.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            headers.append(("content-length", str(len(response.body))))
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": [
                    (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                    for name, value in headers
                ],
            }
        )
        await send({"type": "http.response.body", "body": response.body})

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the API's answer to a request.

        Parameters
        ----------
        request : HttpRequest
            The request.

        Returns
        -------
        HttpResponse
            The answer; errors of the handler included.
        """
        sent = {name.lower(): value for name, value in request.headers}
        if "origin" not in sent:
            return await self._integrate(request)
        if request.method == "OPTIONS" and "access-control-request-method" in sent:
            return _preflight(sent)
        return _with_cors(await self._integrate(request))

    async def _integrate(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        route = self._router.find(request.method, request.path)
        if route is None:
            return _error(HTTPStatus.NOT_FOUND, "Not Found")
        event = to_event(request, route, request_id=request_id, now=datetime.now(UTC))
        if self._authorizer is not None and route.key not in self._open_routes:
            try:
                event["requestContext"]["authorizer"] = self._authorizer.authorize(request)
            except Refused as refused:
                # API Gateway tells a caller less than a developer needs to know.
                print(f"{refused.status}: {refused}.", file=sys.stderr, flush=True)
                return _refusal(refused, request_id)
        # Lambda's limit is below API Gateway's own, and base64 makes a body a third larger.
        too_large = (
            len(request.body) > BODY_LIMIT_BYTES
            or len(json.dumps(event).encode()) > PAYLOAD_LIMIT_BYTES
        )
        if too_large:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        try:
            response = to_response(await self._function.invoke(event))
        except InvocationFailed:
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
        except InvalidResult as error:
            print(f"The function's result is no HTTP response: {error}", file=sys.stderr)
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
        return replace(response, headers=[*response.headers, ("apigw-requestid", request_id)])


def _refusal(refused: Refused, request_id: str) -> HttpResponse:
    response = _error(refused.status, refused.status.phrase)
    headers = [*response.headers, ("apigw-requestid", request_id)]
    if refused.challenge is not None:
        headers.append(("www-authenticate", refused.challenge))
    return replace(response, headers=headers)


def _error(status: HTTPStatus, message: str) -> HttpResponse:
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpResponse(status=status, headers=[("content-type", "application/json")], body=body)


def _preflight(sent: dict[str, str]) -> HttpResponse:
    headers = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE"),
        # A wildcard would not cover Authorization, so whatever was asked for is allowed by name.
        ("access-control-allow-headers", sent.get("access-control-request-headers", "*")),
        ("access-control-max-age", str(_PREFLIGHT_MAX_AGE_S)),
    ]
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=headers)


def _with_cors(response: HttpResponse) -> HttpResponse:
    # Like API Gateway with a CORS configuration, which overrules what the function says about it.
    kept = [
        (name, value) for name, value in response.headers if not name.startswith("access-control-")
    ]
    cors = [
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", _EXPOSED_HEADERS),
    ]
    return replace(response, headers=kept + cors)


async def _read_body(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes | None:
    """Read all of it, but keep no more than shows that it is too large; None: it was cut off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":  # The client left in the middle of it.
            return None
        if len(body) <= BODY_LIMIT_BYTES:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)
