"""One request step by step: when its sender would see each step end, were it inside.

The coupled design's steps are noted at the boundaries of the service's modules, from outside, in
the measuring process alone; the noting costs about a microsecond a step. The streamed design's are
what its harness saw. Both end when the client has the answer.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import random
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from unittest.mock import patch

from benchmarks.samples import Step
from benchmarks.streamed_local.trace import STEPS
from benchmarks.targets import UnexpectedAnswer
from roundtrip.api import bodies
from roundtrip.api.schemas import Schemas
from roundtrip.engine import dispatcher
from roundtrip.engine.cache import HeadCache
from roundtrip.storage import requests
from roundtrip.storage.dynamodb import DynamoDBStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.streamed_local.harness import Streamed
    from benchmarks.targets import Target

_NS_A_MS: Final = 1_000_000
_WARM_UPS: Final = 5
_SEED: Final = 20_260_101
_PATIENCE_S: Final = 5.0
_PAUSE_S: Final = 0.01

_IN_CACHE: Final = "head found in the cache"
_READ: Final = "head read (GetItem)"
_ANSWERED: Final = "answer written"
_RECEIVED: Final = "new state at the client"


class _Boundary(NamedTuple):
    owner: Any
    function: str
    step: str


_BOUNDARIES: Final = (
    _Boundary(bodies, "read_json", "request parsed"),
    _Boundary(Schemas, "actions", "payload checked"),
    _Boundary(HeadCache, "trusted", _IN_CACHE),
    _Boundary(DynamoDBStorage, "load", _READ),
    _Boundary(dispatcher, "reduce_batch", "state reduced"),
    _Boundary(requests, "transact_append", "transaction built"),
    _Boundary(DynamoDBStorage, "append", "transaction answered (TransactWriteItems)"),
)


def steps_of(*, cold: bool) -> list[str]:
    """Name the steps of an update, in order.

    Parameters
    ----------
    cold
        Whether the cache has no head of the stream.
    """
    missed = _IN_CACHE if cold else _READ
    return [*(boundary.step for boundary in _BOUNDARIES if boundary.step != missed), _ANSWERED]


def measure(targets: Sequence[tuple[Target, bool]], *, number: int) -> Iterator[Step]:
    """Follow updates of the coupled design, its targets in turn.

    Parameters
    ----------
    targets
        Each with whether its cache is cold.
    number
        How many of each; a few more are run before them.

    Raises
    ------
    UnexpectedAnswer
        When a request took other steps than `steps_of` names: the service has been rearranged, and
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
                    expected = ", ".join(steps_of(cold=cold))
                    raise UnexpectedAnswer(
                        target.name, "update", expected=f"the steps {expected}", received=taken
                    )
                if request >= 0:
                    for position, (step, at_ns) in enumerate(marks):
                        at_ms = (at_ns - began_ns) / _NS_A_MS
                        yield Step(target.name, request, position, step, at_ms)


def measure_streamed(
    target: Target, harness: Streamed, *, number: int, longest_pause_ms: float
) -> Iterator[Step]:
    """Follow updates of the streamed design.

    Parameters
    ----------
    target
        Its client.
    harness
        What runs it.
    number
        How many; one more is run before them.
    longest_pause_ms
        Before each a pause of any length up to this one, so that it meets the polling at any phase.

    Raises
    ------
    UnexpectedAnswer
        When a request did not take every step.
    """
    chance = random.Random(_SEED)  # noqa: S311 - when a request is sent is no secret
    for request in range(-1, number):
        call = target.prepare("update", request + 1)
        time.sleep(chance.uniform(0, longest_pause_ms) / 1000)
        began_ms = time.monotonic() * 1000
        answer = call.send()
        ended_ms = time.monotonic() * 1000
        call.check(answer)
        if request >= 0:
            marks = [*_traced(target, harness).items(), (_RECEIVED, ended_ms)]
            # What a function wrote counts as written when the function has returned, by when it may
            # have been polled and answered: no step can have ended after the one behind it.
            latest_first = itertools.accumulate((at_ms for _, at_ms in reversed(marks)), min)
            times_ms = reversed(list(latest_first))
            for position, ((step, _), at_ms) in enumerate(zip(marks, times_ms, strict=True)):
                yield Step(target.name, request, position, step, at_ms - began_ms)


def _traced(target: Target, harness: Streamed) -> dict[str, float]:
    """Give the time of every step; the last ones may still be under way."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while (seen := dict(harness.trace())).keys() != set(STEPS):
        if time.monotonic() > deadline_s:
            expected = f"the steps {', '.join(STEPS)}"
            raise UnexpectedAnswer(target.name, "update", expected=expected, received=list(seen))
        time.sleep(_PAUSE_S)
    return {step: seen[step] for step in STEPS}


@contextlib.contextmanager
def _noted() -> Iterator[list[tuple[str, int]]]:
    marks: list[tuple[str, int]] = []

    def noting(function: Callable[..., Any], step: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def noted(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            # A cache that has no head did not find one.
            if step != _IN_CACHE or result is not None:
                marks.append((step, time.perf_counter_ns()))
            return result

        return noted

    with contextlib.ExitStack() as stack:
        for owner, function, step in _BOUNDARIES:
            stack.enter_context(
                patch.object(owner, function, noting(getattr(owner, function), step))
            )
        yield marks
