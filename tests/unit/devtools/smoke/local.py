"""An API in this process, whose requests and answers a test can change."""

from __future__ import annotations

import contextlib
import json as jsonlib
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import httpx

from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.memory import MemoryStorage
from roundtrip_devtools.container import LambdaContext
from roundtrip_devtools.event import HttpRequest, Router
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.smoke.client import NOTHING, Answer, Client, resolved
from roundtrip_devtools.smoke.run import Target
from tests.benchmarks.recording import recording

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

    from starlette.responses import Response

    from roundtrip import Store
    from tests.benchmarks.recording import Received, Recorder

ORIGIN = "https://shop.example"
HERE = "http://127.0.0.1:3000"
ELSEWHERE = "https://api.example"


class Function:
    """A Lambda function with stores in memory."""

    def __init__(self, stores: Iterable[Store]) -> None:
        environment = {"AUTH_MODE": "NONE", "POWERTOOLS_LOG_LEVEL": "CRITICAL"}
        self.app = Roundtrip(stores, storage=MemoryStorage(), environment=environment)
        self._one_at_a_time = threading.Lock()

    async def invoke(self, event: dict[str, Any]) -> Any:
        context = LambdaContext(
            function_name="f", memory_limit_in_mb="512", deadline_s=time.monotonic() + 15
        )
        with self._one_at_a_time:
            return self.app.handler(event, context)


class Local(Client):
    """Sends requests to a function as API Gateway does."""

    def __init__(
        self,
        function: Function,
        *,
        url: str = HERE,
        asked: Callable[[dict[str, Any]], dict[str, Any]] = lambda parts: parts,
        answered: Callable[[Answer], Answer] = lambda answer: answer,
    ) -> None:
        # Without connections, which take a while to prepare.
        self.url = url
        self._gateway = Gateway(function, Router(()), origins={ORIGIN})
        self._asked = asked
        self._answered = answered
        self.sent: list[tuple[str, str]] = []

    def send(self, method: str, path: str, json: object = NOTHING, **parts: Any) -> Answer:
        self.sent.append((method, path))
        parts = self._asked(parts)
        body = parts.get("body") if json is NOTHING else jsonlib.dumps(json).encode()
        headers = {"content-type": "application/json"} if body is not None else {}
        headers |= {name.lower(): value for name, value in (parts.get("headers") or {}).items()}
        request = HttpRequest(
            method=method,
            path=path,
            query=urlencode(parts.get("query") or {}, quote_via=quote),
            headers=list(headers.items()),
            body=body or b"",
        )
        sent = _result(self._gateway.answer(request))
        # As httpx does it with what comes over a connection.
        response = httpx.Response(
            sent.status_code, headers=sent.raw_headers, content=bytes(sent.body)
        )
        answer = Answer(
            request=f"{method} {path}",
            status=response.status_code,
            headers=resolved(response.headers, self.url, path),
            body=response.content,
        )
        return self._answered(answer)


def _result(answering: Coroutine[Any, Any, Response]) -> Response:
    """Run a coroutine that waits for nothing; an event loop for each would take longer."""
    try:
        answering.send(None)
    except StopIteration as done:
        response: Response = done.value
        return response
    raise AssertionError("it waits for something")


def answered_by(function: Function, request: Received) -> tuple[int, bytes, dict[str, str]]:
    """Answer a request that came over the wire."""
    path, _, query = request.path.partition("?")
    body = request.body if "content-type" in request.headers else None
    parts = {"body": body, "query": dict(parse_qsl(query)), "headers": request.headers}
    answer = Local(function).send(request.method, unquote(path), **parts)
    decoded = {"content-length", "content-encoding"}
    headers = {name: one for name, one in answer.headers.items() if name not in decoded}
    return answer.status, answer.body, headers


@contextlib.contextmanager
def serving(function: Function) -> Iterator[Recorder]:
    """Serve a function over HTTP."""
    with recording(lambda request: answered_by(function, request)) as server:
        yield server


def local_target(*stores: Store, client: Local | None = None, **about: Any) -> Target:
    """Return the target for stores, or for a client."""
    return Target(client=client or Local(Function(stores)), origin=ORIGIN, **about)
