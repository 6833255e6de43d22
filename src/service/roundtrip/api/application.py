"""The HTTP application: routes, errors and logs around the service."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver

from roundtrip.api import answers, problems, routes
from roundtrip.api.collections import Collection
from roundtrip.api.service import Request
from roundtrip.errors import (
    MalformedRequest,
    MethodNotAllowed,
    ReducerFailed,
    RouteNotFound,
)
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.logging import Logger

    from roundtrip.api.answers import Answer
    from roundtrip.api.requestlog import RequestLog
    from roundtrip.api.service import Service

_SHOWN_CHARACTERS: Final = 300
_PARAMETER: Final = re.compile(r"<(\w+)>")


class Application:
    """Routes a request to the service and turns what it raises into problems.

    Parameters
    ----------
    service
        What serves.
    log
        Gets a line for each request.
    logger
        Gets the trace of what is a fault.
    """

    def __init__(self, service: Service, log: RequestLog, logger: Logger) -> None:
        self._service = service
        self._log = log
        self._logger = logger
        self._resolver = APIGatewayHttpResolver()
        self._answers: dict[str, dict[str, Callable[..., Answer]]] = {}
        self._openapi: str | None = None
        self._register()

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP API event, payload 2.0."""
        answer = self._resolver.resolve(event, context)
        fields = _names(event, context)
        fields["method"] = event["requestContext"]["http"]["method"]
        fields["path"] = event["rawPath"]
        fields["status"] = answer["statusCode"]
        self._log.request(fields)
        return answer

    def _register(self) -> None:
        self._route("GET", "/health", _health, public=True)
        self._route("GET", "/openapi.json", self._document, public=True)
        self._route("POST", "/stores/<store>/<id>/actions", routes.post_actions)
        self._route("GET", "/stores/<store>/<id>/events", routes.get_events)
        self._route("GET", "/stores/<store>/<id>", routes.get_state)
        self._route("GET", "/stores/<store>", routes.get_streams)
        for store in self._service.stores.values():
            if store.collection is not None:
                self._mount(Collection(store))
        self._resolver.not_found(self._no_route)
        self._resolver.exception_handler(Exception)(self._failed)

    def _mount(self, collection: Collection) -> None:
        self._route("POST", collection.path, collection.create)
        self._route("GET", collection.path, collection.list)
        one = f"{collection.path}/<id>"
        self._route("GET", one, collection.get)
        self._route("PUT", one, collection.replace)
        self._route("PATCH", one, collection.change)
        self._route("DELETE", one, collection.delete)

    def _route(
        self, method: str, path: str, answer: Callable[..., Answer], *, public: bool = False
    ) -> None:
        def respond(**parameters: str) -> Answer:
            request = self._request()
            if request.event["rawPath"].endswith("\n"):
                # Powertools' pattern takes it for the end of the path and drops it.
                raise MalformedRequest("path", expected="no line feed", received="one at its end")
            if not public:
                # Nobody learns anything, not even what is missing, without an identity.
                _ = request.caller
            return answer(request, **parameters)

        self._answers.setdefault(path, {})[method] = respond
        self._resolver.route(path, method=method)(respond)

    def _request(self) -> Request:
        event = self._resolver.current_event.raw_event
        return Request(self._service, event, self._resolver.lambda_context)

    def _document(self, request: Request) -> Answer:
        request.query()
        if self._openapi is None:
            # Nobody but who asks for the document pays for the making of it.
            from roundtrip.api.openapi import document  # noqa: PLC0415

            self._openapi = encode(document(self._service.stores.values()))
        return answers.json_answer(self._openapi)

    def _no_route(self, _: Exception) -> Answer:
        # Powertools matches no path whose parameters hold rare characters; here they find out why.
        event = self._resolver.current_event.raw_event
        path, method = event["rawPath"], event["requestContext"]["http"]["method"]
        for known, methods in self._answers.items():
            found = re.fullmatch(
                _PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(known)), path, re.DOTALL
            )
            if found and method in methods:
                return methods[method](**found.groupdict())
            if found:
                raise MethodNotAllowed(method, _quoted(path), list(methods))
        raise RouteNotFound(_quoted(path))

    def _failed(self, error: Exception) -> Answer:
        status = problems.kind_of(error).status
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, ReducerFailed):
            event = self._resolver.current_event.raw_event
            names = _names(event, self._resolver.lambda_context)
            self._logger.error("failed", exc_info=error, error_type=type(error).__name__, **names)
        path = self._resolver.current_event.raw_event["rawPath"]
        return answers.problem(error, instance=_quoted(path))


def _names(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "function_name": context.function_name,
        "function_request_id": context.aws_request_id,
        "correlation_id": event["requestContext"]["requestId"],
    }


def _health(_: Request) -> Answer:
    return answers.json_answer('{"status":"ok"}')


def _quoted(path: str) -> str:
    # The path comes decoded; a problem's instance is a URI reference.
    return quote(path[:_SHOWN_CHARACTERS], safe="/-._~!$&'()*+,;=:@", errors="replace")
