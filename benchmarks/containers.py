"""Containers of the service in this process: what Lambda runs, called without Lambda.

A container is a `Roundtrip` with a cache and a client of its own. It is set up as
template.yaml deploys it: logs at the deployed level and metrics are written, to a stream that
nobody reads, one write a line as in Lambda. What Lambda's runtime and API Gateway do (events,
contexts, the result's journey to the client) is made before the clock starts or left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from datetime import UTC, datetime
from functools import cache, cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO
from unittest.mock import patch

from benchmarks import checkout
from benchmarks.targets import UnexpectedAnswer
from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.dynamodb import DynamoDBStorage, connect
from roundtrip_devtools.container import LambdaContext
from roundtrip_devtools.environment import FUNCTION_NAME, handler_environment
from roundtrip_devtools.event import HttpRequest, to_event
from roundtrip_devtools.routes import Router
from roundtrip_devtools.template import Template
from streamed.orders import STORES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.engines import Engine
    from roundtrip.redux import Store
    from roundtrip_devtools.template import FunctionDefinition

NOBODY: Final = "nobody"
"""Id of a stream that is never there: what is read before each request that is timed.

Otherwise some targets would be asked after a pause, with cold processors and idle threads, and
others at once, by what it takes to prepare their requests."""

_HOST: Final = "api.example.org"


class Invocation(NamedTuple):
    """What a handler is called with.

    Parameters
    ----------
    event
        HTTP API event, payload 2.0.
    context
        Lambda's, with the deployed time limit.
    """

    event: dict[str, Any]
    context: LambdaContext


class Container:
    """One container of the service.

    Parameters
    ----------
    engine
        Its DynamoDB.
    table
        Its table there.
    stores
        What it serves.
    """

    def __init__(self, engine: Engine, table: str, stores: Sequence[Store] = STORES) -> None:
        self._template = Template(checkout.TEMPLATE)
        self._function = self._template.function()
        variables = environment(engine, table, self._function)
        # The SDK reads its own variables by itself.
        with patch.dict(os.environ, variables, clear=True):
            self.client = connect(region_name=variables["AWS_REGION"])
            app = Roundtrip(
                stores,
                storage=DynamoDBStorage(self.client, table),
                environment=variables,
            )
        self._handler = app.handler

    @cached_property
    def _router(self) -> Router:
        return Router(self._template.route_keys())

    def invocation(
        self,
        method: str,
        path: str,
        document: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Invocation:
        """Make ready what API Gateway and Lambda would call the handler with.

        Parameters
        ----------
        method, path
            Of the request; the path may have a query.
        document
            Its body, a JSON value; ``None``: it has none.
        headers
            Further ones.
        """
        body = b"" if document is None else json.dumps(document).encode()
        sent = {"host": _HOST, "accept": "*/*", "user-agent": "benchmarks", **(headers or {})}
        if body:
            sent |= {"content-type": "application/json", "content-length": str(len(body))}
        path, _, query = path.partition("?")
        request = HttpRequest(
            method=method, path=path, query=query, headers=list(sent.items()), body=body
        )
        route = self._router.find(method, path)
        if route is None:
            raise ValueError(f"{method} {path}: expected a request that template.yaml routes.")
        event = to_event(request, route, request_id=str(uuid.uuid4()), now=datetime.now(UTC))
        context = LambdaContext(
            function_name=FUNCTION_NAME,
            memory_limit_in_mb=str(self._function.memory_mb),
            deadline_s=time.monotonic() + self._function.timeout_s,
        )
        return Invocation(event, context)

    def invoke(self, invocation: Invocation) -> dict[str, Any]:
        """Call the handler and give its result, as Lambda's runtime gets it."""
        with contextlib.redirect_stdout(_nowhere()):
            result: dict[str, Any] = self._handler(invocation.event, invocation.context)
        return result

    def send(
        self,
        method: str,
        path: str,
        document: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a request that nobody times; the parameters are those of `invocation`."""
        return read(self.invoke(self.invocation(method, path, document, headers)))

    def settle(self, store: str) -> None:
        """Read a stream that is not there, so that whoever is timed next has just been answered.

        Raises
        ------
        UnexpectedAnswer
            When it is there.
        """
        answer = self.send("GET", f"/stores/{store}/{NOBODY}")
        if answer.status != HTTPStatus.NOT_FOUND:
            raise UnexpectedAnswer("coupled", "read", expected="status 404", received=answer)


class Answer(NamedTuple):
    """What a handler answered.

    Parameters
    ----------
    status
        HTTP's.
    json
        The body, decoded; ``None`` when there is none.
    """

    status: int
    json: Any


def environment(
    engine: Engine, table: str, function: FunctionDefinition, **others: str
) -> dict[str, str]:
    """Give the environment of a container: as deployed, but for where its table is.

    Parameters
    ----------
    engine, table
        Where.
    function
        As the template defines it.
    others
        Further variables.
    """
    # The dev server is quieter than what is deployed.
    wanted = {"POWERTOOLS_METRICS_DISABLED": "false", **function.variables, **others}
    found = handler_environment(wanted, function, endpoint_url=engine.endpoint_url, own_engine=True)
    return {**found, "TABLE_NAME": table}


def read(result: Mapping[str, Any]) -> Answer:
    """Read what a handler returned."""
    body = result.get("body")
    return Answer(result["statusCode"], json.loads(body) if body else None)


@cache
def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", buffering=1, encoding="utf-8")
