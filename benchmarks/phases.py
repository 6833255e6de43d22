"""The phases of a run: what each measures, and roughly how long that takes."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import checkout, engines
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures import (
    growth,
    latency,
    micro,
    package,
    processes,
    timeline,
    units,
    writers,
)
from benchmarks.measures.latency import Entrant, timed_ms
from benchmarks.plan import Plan
from benchmarks.served import served
from benchmarks.streamed_local import harness
from benchmarks.targets import OPERATIONS, Operation, Target
from benchmarks.targets.coupled import Coupled
from benchmarks.targets.floors import Floor, exercise
from benchmarks.targets.http import CoupledHttp
from benchmarks.targets.streamed import Streamed
from roundtrip_devtools.credentials import Open

FUNCTION: Final = checkout.ROOT / ".aws-sam" / "build" / "Function"
"""Where ``make build`` leaves the function."""
_WRITES: Final[tuple[Operation, ...]] = ("create", "update")
_POLLINGS: Final = ("4hz", "best")
_POLL_PERIOD_MS: Final = 250.0
"""https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"""


@dataclass(frozen=True)
class Phase:
    """A part of a run, which yields samples of any kind; it gets the reference engine.

    Its time is that of a full run on two cores.
    """

    name: str
    expected_s: float
    measure: Callable[[Engine, Plan], Iterator[Any]]


def _reference_latency(engine: Engine, plan: Plan) -> Iterator[Any]:
    exercise(engine, plan.exercise)
    table = engine.table()
    with contextlib.ExitStack() as stack:
        http = CoupledHttp(stack.enter_context(served(engine, engine.table())), Open())
        stack.callback(http.close)
        entrants = [*_in_process(engine, table, plan), Entrant(http, OPERATIONS, plan.calls)]
        for polling in _POLLINGS:
            target, design = stack.enter_context(_running_streamed(engine, polling))
            _warm(target, plan.streamed_exercise if polling == "best" else 0)
            design.pause()
            entrants.append(
                Entrant(
                    target,
                    OPERATIONS,
                    plan.streamed_calls,
                    # Polling without a pause has no phase that a request could meet.
                    longest_pause_ms=_POLL_PERIOD_MS if polling == "4hz" else 0.0,
                    turn=lambda design=design: _polling(design),  # type: ignore[misc]
                    apart=True,
                )
            )
        yield from latency.measure(engine.name, entrants, rounds=plan.rounds)


def _warm(target: Target, requests: int) -> None:
    # As `exercise` does for transactions: the engine compiles the code that streams need.
    for number in range(requests):
        timed_ms(target.prepare("update" if number else "create", number))


def _ministack_latency(_: Engine, plan: Plan) -> Iterator[Any]:
    with engines.running("ministack") as engine:
        exercise(engine, plan.exercise)
        entrants = _in_process(engine, engine.table(), plan)
        yield from latency.measure(engine.name, entrants, rounds=plan.rounds)
        yield from units.coupled(engine)


def _timeline(engine: Engine, plan: Plan) -> Iterator[Any]:
    table = engine.table()
    warm, cold, maker = (Container(engine, table) for _ in range(3))
    targets: list[tuple[Target, bool]] = [
        (Coupled(warm), False),
        (Coupled(cold, maker=maker), True),
    ]
    yield from timeline.measure(targets, number=plan.requests)
    for polling in _POLLINGS:
        with _running_streamed(engine, polling) as (target, design):
            yield from timeline.measure_streamed(
                target, design, number=plan.requests, longest_pause_ms=_POLL_PERIOD_MS
            )


PHASES: Final = (
    Phase("latency on DynamoDB Local", 75, _reference_latency),
    Phase("latency and units on MiniStack", 38, _ministack_latency),
    Phase("steps of a request", 20, _timeline),
    Phase("capacity units", 2, units.measure),
    Phase("growth with sizes", 135, growth.measure),
    Phase("writers at the same time", 35, writers.measure),
    Phase("starts of fresh processes", 12, processes.starts),
    Phase("memory", 43, processes.memory),
    Phase("parts of the service", 15, lambda _, plan: micro.measure(case_s=plan.case_s)),
    Phase("size of the package", 5, lambda _, __: package.measure(FUNCTION)),
)


def _in_process(engine: Engine, table: str, plan: Plan) -> list[Entrant]:
    warm, keyed, cold, maker = (Container(engine, table) for _ in range(4))
    return [
        Entrant(Coupled(warm), OPERATIONS, plan.calls),
        Entrant(Coupled(keyed, keyed=True), _WRITES, plan.calls),
        Entrant(Coupled(cold, maker=maker), OPERATIONS, plan.calls),
        Entrant(Floor(engine, table, "transact"), _WRITES, plan.calls),
        Entrant(Floor(engine, table, "get-transact"), _WRITES, plan.calls),
        Entrant(Floor(engine, table, "get"), ["read"], plan.calls),
    ]


@contextlib.contextmanager
def _running_streamed(engine: Engine, polling: str) -> Iterator[tuple[Streamed, harness.Streamed]]:
    with harness.streamed(engine.endpoint_url, polling) as design:
        target = Streamed(design.url, Open(), name=f"streamed-{polling}")
        with contextlib.closing(target):
            yield target, design


@contextlib.contextmanager
def _polling(design: harness.Streamed) -> Iterator[None]:
    design.resume()
    try:
        yield
    finally:
        design.pause()
