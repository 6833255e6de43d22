"""Handles an event: finds the endpoint, converts errors to problems, logs."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api import (
    entity_endpoints,
    problem_details,
    responses,
    slice_endpoints,
    store_endpoints,
)
from roundtrip.api.collection_endpoints import Collection
from roundtrip.api.compression import to_result
from roundtrip.api.request import Request
from roundtrip.api.router import Router, quoted
from roundtrip.errors import ReducerFailed, ReplayFailed, ValidatorFailed
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.api.access_log import AccessLog
    from roundtrip.api.responses import Response
    from roundtrip.api.service import Service

_SERVER_ERROR: Final = 500


class Handler:
    """Answers the events of an HTTP API.

    Parameters
    ----------
    log
        Receives a line for each request.
    """

    def __init__(self, service: Service, log: AccessLog) -> None:
        self._service = service
        self._log = log
        self._router = Router()
        self._openapi: str | None = None
        self._register()

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP API event, payload 2.0."""
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        request = Request(self._service, event, context)
        with _collector_paused():
            try:
                result = to_result(self._answer(method, request), request.header("accept-encoding"))
            except Exception as error:  # noqa: BLE001 - every error is answered and logged
                result = to_result(self._failed(error, request), None)
        status = result["statusCode"]
        self._log.request({**request.names, "method": method, "path": path, "status": status})
        return result

    def _answer(self, method: str, request: Request) -> Response:
        answer, parameters = self._router.find(method, request.path)
        return answer(request, **parameters)

    def _register(self) -> None:
        self._route("POST", "/stores/{store}/{id}/actions", store_endpoints.post_actions)
        self._route("GET", "/stores/{store}/{id}/events", store_endpoints.get_events)
        self._route("GET", "/stores/{store}/{id}", store_endpoints.get_state)
        one_slice = "/stores/{store}/{id}/slices/{slice}"
        self._route("GET", one_slice, slice_endpoints.get_slice)
        self._route("POST", one_slice, entity_endpoints.create)
        # API Gateway decodes a path, so that an id with a slash has several segments:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
        entity = f"{one_slice}/{{entity+}}"
        self._route("GET", entity, slice_endpoints.get_entity)
        self._route("PUT", entity, entity_endpoints.replace)
        self._route("PATCH", entity, entity_endpoints.change)
        self._route("DELETE", entity, entity_endpoints.delete)
        self._route("GET", "/stores/{store}", store_endpoints.get_streams)
        for store in self._service.engine.stores.values():
            if store.collection is not None:
                self._mount(Collection(store))
        self._route("POST", "/sockets", _post_socket)
        self._router.add("GET", "/health", _health)
        self._router.add("GET", "/openapi.json", self._document)

    def _mount(self, collection: Collection) -> None:
        self._route("POST", collection.path, collection.create)
        self._route("GET", collection.path, collection.list)
        one = f"{collection.path}/{{id}}"
        self._route("GET", one, collection.get)
        self._route("PUT", one, collection.replace)
        self._route("PATCH", one, collection.change)
        self._route("DELETE", one, collection.delete)

    def _route(self, method: str, path: str, answer: Callable[..., Response]) -> None:
        def respond(request: Request, **parameters: str) -> Response:
            # Identify first: without an identity a caller must not even learn what is missing.
            _ = request.caller
            return answer(request, **parameters)

        self._router.add(method, path, respond)

    def _document(self, request: Request) -> Response:
        request.query()
        if self._openapi is None:
            # Imported and built on the first request for it, so that no other request waits.
            from roundtrip.api.openapi.document import document  # noqa: PLC0415

            self._openapi = encode(document(self._service.engine.stores.values()))
        return responses.json_response(self._openapi)

    def _failed(self, error: Exception, request: Request) -> Response:
        status = problem_details.kind_of(error).status
        of_the_application = isinstance(error, ReducerFailed | ReplayFailed | ValidatorFailed)
        if isinstance(error, ValidatorFailed):
            self._log.count("ReducerFailures", 1)
        if status >= _SERVER_ERROR or of_the_application:
            self._service.report(error, request.names)
        return responses.problem(error, instance=quoted(request.event["rawPath"]))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which would visit a large body again and again.

    A request makes no garbage that only the collector finds, but for tracebacks of errors; these
    wait until it runs again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _post_socket(request: Request) -> Response:
    # Imported on the first request for it, because most processes get none.
    from roundtrip.api.socket_endpoints import post_socket  # noqa: PLC0415

    return post_socket(request)


def _health(_: Request) -> Response:
    return responses.json_response('{"status":"ok"}')
