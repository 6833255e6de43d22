"""One request step by step: the times at which its steps ended, as its sender would see them.

The steps of the coupled design are recorded at the boundaries of the service's modules, from
outside, in the measuring process alone; this costs about a microsecond a step. Those of the
streamed design come from its harness. Both end when the client has the answer.
"""

import contextlib
import functools
import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from unittest.mock import patch

from benchmarks.measures.latency import NS_A_MS, SEED
from benchmarks.samples import Step
from benchmarks.streamed_local.harness import Streamed
from benchmarks.streamed_local.trace import STEPS
from benchmarks.targets import Target, UnexpectedAnswer
from roundtrip.api import body
from roundtrip.api.access_log import AccessLog
from roundtrip.api.handler import Handler
from roundtrip.api.validation import ActionValidator
from roundtrip.engine import dispatcher
from roundtrip.engine.cache import HeadCache
from roundtrip.storage.dynamodb import client, requests
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.dynamodb.connection import Connections
from roundtrip.storage.dynamodb.signature import Signer

_WARM_UPS: Final = 5
_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.01
ENGINE_ANSWERED: Final = "answer of DynamoDB awaited"
_IN_CACHE: Final = "head found in the cache"
_ANSWERED: Final = "result returned"
_RECEIVED: Final = "new state at the client"
_CALL: Final[tuple[tuple[Any, str, str], ...]] = (
    (client, "timestamp", "request to DynamoDB written as JSON"),
    (Signer, "authorization", "request signed"),
    (Connections, "exchange", ENGINE_ANSWERED),
    (client.Client, "call", "DynamoDB's answer read"),
)
_BEGIN: Final[tuple[tuple[Any, str, str], ...]] = (
    (body, "read_json", "request routed and read"),
    (ActionValidator, "actions", "action validated"),
)
_CACHED: Final = ((HeadCache, "trusted", _IN_CACHE),)
_READ: Final = ((DynamoDBStorage, "load", "head read"),)
_REDUCE: Final[tuple[tuple[Any, str, str], ...]] = (
    (dispatcher, "reduce_inline", "state reduced"),
    (requests, "transact_append", "items built and compressed"),
)
_END: Final[tuple[tuple[Any, str, str], ...]] = (
    (Handler, "_answer", "response made"),
    (AccessLog, "request", "log line written"),
)
"""Functions at whose ends the steps end."""


def steps_of(*, cold: bool) -> list[str]:
    """Return the steps of an update in order, with or without the head of the stream cached."""
    found = (*_CALL, *_READ) if cold else _CACHED
    return [step for *_, step in (*_BEGIN, *found, *_REDUCE, *_CALL, *_END)] + [_ANSWERED]


def measure(targets: Sequence[tuple[Target, bool]], *, number: int) -> Iterator[Step]:
    """Record updates of targets, each with whether its cache is cold; a few more are not kept.

    Other steps than `steps_of` returns raise `UnexpectedAnswer`: the service was rearranged, and
    the boundaries here must follow.
    """
    with _noted() as marks:
        for request in range(-_WARM_UPS, number):
            for target, cold in targets:
                call = target.prepare("update", request + _WARM_UPS)
                marks.clear()
                began_ns = time.perf_counter_ns()
                answer = call.send()
                marks.append((_ANSWERED, time.perf_counter_ns()))
                call.check(answer)
                if (taken := [step for step, _ in marks]) != steps_of(cold=cold):
                    expected = f"the steps {', '.join(steps_of(cold=cold))}"
                    raise UnexpectedAnswer(target.name, "update", expected, received=taken)
                if request >= 0:
                    for position, (step, at_ns) in enumerate(marks):
                        at_ms = (at_ns - began_ns) / NS_A_MS
                        yield Step(target.name, request, position, step, at_ms)


def measure_streamed(
    target: Target, harness: Streamed, *, number: int, longest_pause_ms: float
) -> Iterator[Step]:
    """Record updates of the streamed design; one more is not kept.

    Before each is a random pause, so that requests meet the polling in any phase.
    """
    chance = random.Random(SEED)  # noqa: S311 - the time of a request is no secret
    for request in range(-1, number):
        call = target.prepare("update", request + 1)
        time.sleep(chance.uniform(0, longest_pause_ms) / 1000)
        began_ms = time.monotonic() * 1000
        answer = call.send()
        ended_ms = time.monotonic() * 1000
        call.check(answer)
        if request >= 0:
            marks = [*_traced(target, harness).items(), (_RECEIVED, ended_ms)]
            # A function's write counts as written when the function has returned. It may have been
            # polled and answered before: no step ends after the one that follows it.
            latest_first = itertools.accumulate((at_ms for _, at_ms in reversed(marks)), min)
            times_ms = reversed(list(latest_first))
            for position, ((step, _), at_ms) in enumerate(zip(marks, times_ms, strict=True)):
                yield Step(target.name, request, position, step, at_ms - began_ms)


def _traced(target: Target, harness: Streamed) -> dict[str, float]:
    """Return the time of every step; the last ones may not have ended yet."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while (seen := dict(harness.trace())).keys() != set(STEPS):
        if time.monotonic() > deadline_s:
            expected = f"the steps {', '.join(STEPS)}"
            raise UnexpectedAnswer(target.name, "update", expected, received=list(seen))
        time.sleep(_PAUSE_S)
    return {step: seen[step] for step in STEPS}


@contextlib.contextmanager
def _noted() -> Iterator[list[tuple[str, int]]]:
    marks: list[tuple[str, int]] = []

    def noting(function: Callable[..., Any], step: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def noted(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            # A cache without the head did not find it.
            if step != _IN_CACHE or result is not None:
                marks.append((step, time.perf_counter_ns()))
            return result

        return noted

    with contextlib.ExitStack() as stack:
        for owner, name, step in (*_BEGIN, *_CACHED, *_READ, *_REDUCE, *_CALL, *_END):
            stack.enter_context(patch.object(owner, name, noting(getattr(owner, name), step)))
        yield marks
