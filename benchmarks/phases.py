"""The phases of a run: what each measures, and roughly how long that takes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks import checkout, engines
from benchmarks.containers import Container
from benchmarks.measures import (
    cold,
    growth,
    imports,
    latency,
    memory,
    micro,
    package,
    streamed_units,
    timeline,
    units,
    writers,
)
from benchmarks.measures.latency import Entrant, timed_ms
from benchmarks.served import served
from benchmarks.streamed_local.harness import streamed
from benchmarks.targets import OPERATIONS
from benchmarks.targets.coupled import ColdCache, Warm
from benchmarks.targets.floors import Floor, exercise
from benchmarks.targets.http import CoupledHttp
from benchmarks.targets.streamed import Streamed
from roundtrip_devtools.credentials import Open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.engines import Engine
    from benchmarks.plan import Plan
    from benchmarks.streamed_local.harness import Streamed as Harness
    from benchmarks.targets import Target

FUNCTION: Final = checkout.ROOT / ".aws-sam" / "build" / "Function"
"""Where ``make build`` leaves the function."""

_WRITES: Final = ("create", "update")
_POLLINGS: Final = ("4hz", "best")
_POLL_PERIOD_MS: Final = 250.0
"""https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""


@dataclass(frozen=True)
class Phase:
    """A part of a run.

    Parameters
    ----------
    name
        For whoever waits.
    expected_s
        How long it takes when everything is measured, on two cores.
    measure
        Gives the samples, of any kind of `benchmarks.samples`; it has the reference engine.
    """

    name: str
    expected_s: float
    measure: Callable[[Engine, Plan], Iterator[Any]]


def reference_latency(engine: Engine, plan: Plan) -> Iterator[Any]:
    """Measure every target on the reference engine."""
    exercise(engine, plan.exercise)
    table = engine.table()
    with contextlib.ExitStack() as stack:
        http = CoupledHttp(stack.enter_context(served(engine, engine.table())), Open())
        stack.callback(http.close)
        entrants = [*_in_process(engine, table, plan), Entrant(http, OPERATIONS, plan.calls)]
        for polling in _POLLINGS:
            target, harness = stack.enter_context(_running_streamed(engine, polling))
            _warm(target, plan.streamed_exercise if polling == "best" else 0)
            harness.pause()
            entrants.append(
                Entrant(
                    target,
                    OPERATIONS,
                    plan.streamed_calls,
                    # Who polls without waiting has no phase that a request could meet.
                    longest_pause_ms=_POLL_PERIOD_MS if polling == "4hz" else 0.0,
                    turn=lambda harness=harness: _polling(harness),  # type: ignore[misc]
                    apart=True,
                )
            )
        yield from latency.measure(engine.name, entrants, rounds=plan.rounds)


def _warm(target: Target, requests: int) -> None:
    # As `exercise` does for transactions: the engine compiles what streams need of it.
    for number in range(requests):
        timed_ms(target.prepare("update" if number else "create", number))


def ministack_latency(_: Engine, plan: Plan) -> Iterator[Any]:
    """Measure what runs in this process on MiniStack too."""
    with engines.running("ministack") as engine:
        exercise(engine, plan.exercise)
        entrants = _in_process(engine, engine.table(), plan)
        yield from latency.measure(engine.name, entrants, rounds=plan.rounds)
        yield from units.measure(engine)


def reference_timeline(engine: Engine, plan: Plan) -> Iterator[Any]:
    """Follow requests step by step."""
    table = engine.table()
    warm, cold, maker = (Container(engine, table) for _ in range(3))
    targets: list[tuple[Target, bool]] = [(Warm(warm), False), (ColdCache(cold, maker), True)]
    yield from timeline.measure(targets, number=plan.requests)
    for polling in _POLLINGS:
        with _running_streamed(engine, polling) as (target, harness):
            yield from timeline.measure_streamed(
                target, harness, number=plan.requests, longest_pause_ms=_POLL_PERIOD_MS
            )


def reference_growth(engine: Engine, plan: Plan) -> Iterator[Any]:
    """Measure how costs move with sizes."""
    yield from growth.measure(engine, plan.sizes, rounds=plan.rounds)


def reference_writers(engine: Engine, plan: Plan) -> Iterator[Any]:
    """Let writers write at the same time."""
    yield from writers.measure(
        engine, rounds=plan.writer_rounds, appends=plan.appends, numbers=plan.writers
    )


def reference_units(engine: Engine, _: Plan) -> Iterator[Any]:
    """Count the capacity units of both designs."""
    yield from units.measure(engine)
    yield from streamed_units.measure(engine)


def starts(engine: Engine, plan: Plan) -> Iterator[Any]:
    """Start fresh processes."""
    yield from cold.measure(engine, rounds=plan.starts)
    yield from imports.measure(engine, rounds=plan.imports)


def resident(engine: Engine, plan: Plan) -> Iterator[Any]:
    """Watch memory while processes serve."""
    yield from memory.measure(
        engine, dispatches=plan.dispatches, streams=plan.streams, every=plan.memory_every
    )


def packaged(_: Engine, __: Plan) -> Iterator[Any]:
    """Add up what is deployed, as ``make build`` left it."""
    yield from package.measure(FUNCTION)


def parts(_: Engine, plan: Plan) -> Iterator[Any]:
    """Time the parts of the service alone."""
    yield from micro.measure(case_s=plan.case_s)


PHASES: Final = (
    Phase("latency on DynamoDB Local", 75, reference_latency),
    Phase("latency and units on MiniStack", 38, ministack_latency),
    Phase("steps of a request", 20, reference_timeline),
    Phase("capacity units", 2, reference_units),
    Phase("growth with sizes", 135, reference_growth),
    Phase("writers at the same time", 35, reference_writers),
    Phase("starts of fresh processes", 12, starts),
    Phase("memory", 43, resident),
    Phase("parts of the service", 15, parts),
    Phase("size of the package", 5, packaged),
)


def _in_process(engine: Engine, table: str, plan: Plan) -> list[Entrant]:
    warm, keyed, cold, maker = (Container(engine, table) for _ in range(4))
    return [
        Entrant(Warm(warm), OPERATIONS, plan.calls),
        Entrant(Warm(keyed, keyed=True), _WRITES, plan.calls),
        Entrant(ColdCache(cold, maker), OPERATIONS, plan.calls),
        Entrant(Floor(engine, table, "transact"), _WRITES, plan.calls),
        Entrant(Floor(engine, table, "get-transact"), _WRITES, plan.calls),
        Entrant(Floor(engine, table, "get"), ["read"], plan.calls),
    ]


@contextlib.contextmanager
def _running_streamed(engine: Engine, polling: str) -> Iterator[tuple[Streamed, Harness]]:
    with streamed(engine.endpoint_url, polling) as harness:
        target = Streamed(harness.url, Open(), name=f"streamed-{polling}")
        with contextlib.closing(target):
            yield target, harness


@contextlib.contextmanager
def _polling(harness: Harness) -> Iterator[None]:
    harness.resume()
    try:
        yield
    finally:
        harness.pause()
