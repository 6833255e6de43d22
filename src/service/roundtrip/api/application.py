"""The HTTP application: routes, errors and logs around the service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver

from roundtrip.api import answers, problems, routes
from roundtrip.api.collections import Collection
from roundtrip.api.service import Request
from roundtrip.errors import MethodNotAllowed, ReducerFailed, RouteNotFound
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.logging import Logger

    from roundtrip.api.answers import Answer
    from roundtrip.api.service import Service

_SERVER_ERRORS: Final = 500
_PARAMETER: Final = re.compile(r"<(\w+)>")


class Application:
    """Routes a request to the service and turns what it raises into problems.

    Parameters
    ----------
    service
        What serves.
    logger
        One line for each request, never with a payload; the trace of what is a fault.
    """

    def __init__(self, service: Service, logger: Logger) -> None:
        self._service = service
        self._logger = logger
        self._resolver = APIGatewayHttpResolver()
        self._paths: dict[str, list[str]] = {}
        self._openapi: str | None = None
        self._register()

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP API event, payload 2.0."""
        answer = self._resolver.resolve(event, context)
        http = event["requestContext"]["http"]
        self._logger.info(
            "request",
            method=http["method"],
            path=event["rawPath"],
            status=answer["statusCode"],
        )
        return answer

    def _register(self) -> None:
        self._route("GET", "/health", lambda _: answers.json_answer('{"status":"ok"}'))
        self._route("GET", "/openapi.json", self._document)
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

    def _route(self, method: str, path: str, answer: Callable[..., Answer]) -> None:
        self._paths.setdefault(path, []).append(method)

        def respond(**parameters: str) -> Answer:
            return answer(self._request(), **parameters)

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
        request = self._resolver.current_event.raw_event
        path, method = request["rawPath"], request["requestContext"]["http"]["method"]
        for known, methods in self._paths.items():
            if re.fullmatch(_PARAMETER.sub("[^/]+", re.escape(known)), path):
                return self._failed(MethodNotAllowed(method, path, methods))
        return self._failed(RouteNotFound(path))

    def _failed(self, error: Exception) -> Answer:
        status = problems.kind_of(error).status
        if status >= _SERVER_ERRORS or isinstance(error, ReducerFailed):
            self._logger.error("failed", exc_info=error, error_type=type(error).__name__)
        return answers.problem(error, instance=self._resolver.current_event.raw_event["rawPath"])
