"""Containers of the service in this process: what Lambda runs, called without Lambda.

Each has its own cache and client, and the settings of template.yaml: logs at the deployed level and
metrics are written, one write a line as in Lambda, to a stream that nobody reads. The part of
Lambda's runtime and API Gateway (event, context, delivery of the result) is prepared before the
clock starts, or left out.
"""

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from benchmarks.engines import Engine, template
from benchmarks.targets import Call, UnexpectedAnswer
from roundtrip.lambda_app import Roundtrip
from roundtrip.redux import Store
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip.storage.dynamodb.client import Client
from roundtrip_devtools.container import LambdaContext
from roundtrip_devtools.environment import FUNCTION_NAME, handler_environment
from roundtrip_devtools.event import HttpRequest, Router, to_event
from streamed.orders import STORES

NOBODY: Final = "nobody"
"""Id of a stream that does not exist, which is read before each request that is timed.

Without it some targets would be called after a pause, with cold processors and idle threads, and
others at once, depending on how long their requests take to prepare."""


class Invocation(NamedTuple):
    """The arguments of a handler: an HTTP API event (payload 2.0) and Lambda's context."""

    event: dict[str, Any]
    context: LambdaContext


class Answer(NamedTuple):
    """The result of a handler; no body gives ``None``."""

    status: int
    json: Any


class Container:
    """One container of the service, with its table in an engine."""

    def __init__(
        self,
        engine: Engine,
        table: str,
        stores: Sequence[Store] = STORES,
        *,
        client: Client | None = None,
    ) -> None:
        variables = environment(engine, table)
        self.client = client or connect(variables)
        storage = DynamoDBStorage(self.client, table)
        self._handler = Roundtrip(stores, storage=storage, environment=variables).handler

    def invocation(
        self, method: str, path: str, document: Any = None, headers: Mapping[str, str] | None = None
    ) -> Invocation:
        """Prepare the arguments with which Lambda would call the handler for an HTTP request."""
        body = b"" if document is None else json.dumps(document).encode()
        sent = {"host": "api.example.org", "accept": "*/*", "user-agent": "benchmarks"}
        sent |= headers or {}
        if body:
            sent |= {"content-type": "application/json", "content-length": str(len(body))}
        path, _, query = path.partition("?")
        request = HttpRequest(
            method=method, path=path, query=query, headers=list(sent.items()), body=body
        )
        route = _router().find(method, path)
        if route is None:
            raise ValueError(f"{method} {path}: expected a request that template.yaml routes.")
        event = to_event(request, route, request_id=str(uuid.uuid4()), now=datetime.now(UTC))
        function = template().function()
        context = LambdaContext(
            function_name=FUNCTION_NAME,
            memory_limit_in_mb=str(function.memory_mb),
            deadline_s=time.monotonic() + function.timeout_s,
        )
        return Invocation(event, context)

    def invoke(self, invocation: Invocation) -> dict[str, Any]:
        """Call the handler and return its raw result."""
        with contextlib.redirect_stdout(_nowhere()):
            result: dict[str, Any] = self._handler(invocation.event, invocation.context)
        return result

    def send(self, *request: Any) -> Answer:
        """Make a request that is not timed; for the parameters see `invocation`."""
        return read(self.invoke(self.invocation(*request)))

    def call(self, store: str, invocation: Invocation, check: Callable[[Answer], None]) -> Call:
        """Prepare a request that is timed, and read a stream that does not exist; see `NOBODY`."""
        answer = self.send("GET", f"/stores/{store}/{NOBODY}")
        if answer.status != HTTPStatus.NOT_FOUND:
            raise UnexpectedAnswer("coupled", "read", expected="status 404", received=answer)
        return Call(lambda: self.invoke(invocation), lambda result: check(read(result)))


def environment(engine: Engine, table: str, **others: str) -> dict[str, str]:
    """Return the variables of a container: the deployed ones, its table, and others."""
    function = template().function()
    # The dev server is quieter than what is deployed.
    wanted = {"POWERTOOLS_METRICS_DISABLED": "false", **function.variables, **others}
    found = handler_environment(wanted, function, endpoint_url=engine.endpoint_url, own_engine=True)
    return {**found, "TABLE_NAME": table}


def read(result: Mapping[str, Any]) -> Answer:
    """Read the raw result of a handler."""
    body = result.get("body")
    return Answer(result["statusCode"], json.loads(body) if body else None)


@cache
def _router() -> Router:
    return Router(template().route_keys())


@cache
def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", buffering=1, encoding="utf-8")
