"""``python -m benchmarks run``: measure everything on this machine, phase by phase."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from benchmarks import checkout, engines, machine, samples
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures import (
    boards,
    following,
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
from benchmarks.plan import Plan, read_plan
from benchmarks.served import served
from benchmarks.streamed_local import harness
from benchmarks.targets import OPERATIONS, WRITES, Target
from benchmarks.targets.coupled import Coupled
from benchmarks.targets.floors import FLOORS, Floor, exercise
from benchmarks.targets.http import CoupledHttp
from benchmarks.targets.streamed import POLL_PERIOD_MS, Streamed
from roundtrip_devtools.credentials import Open
from roundtrip_devtools.errors import DevtoolsError

RESULTS: Final = checkout.ROOT / "benchmarks" / "results"
PACKAGE: Final = checkout.ROOT / ".aws-sam" / "build" / "Function-Shared"
"""Where ``make build`` leaves the package of all functions."""
_POLLINGS: Final = ("4hz", "best")


def main(arguments: Sequence[str]) -> int:
    """Measure, leave the samples in a directory, and return the exit code: 0, or 1 on a failure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks run",
        description="Measure everything on this machine, on engines that it starts itself.",
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="DIR", help="default: benchmarks/results"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything, too little to rely on"
    )
    chosen = parser.parse_args(arguments)
    try:
        # The place of the samples does not matter to how they were made.
        command = ["run", *(["--quick"] if chosen.quick else [])]
        run(chosen.out, read_plan("quick" if chosen.quick else "full"), command=command)
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the samples of an earlier run are unchanged.", file=sys.stderr)
        return 1
    return 0


def run(out: Path, plan: Plan, *, command: Sequence[str]) -> None:
    """Run every phase, then replace the samples of an earlier run; ``run.json`` has the command.

    Nothing is written before the last phase has ended, so that a run that fails destroys nothing.
    """
    gathered: dict[Any, list[Any]] = {kind: [] for kind in samples.FILES}
    began_s = time.monotonic()
    done_s, left_s = 0.0, sum(phase.expected_s for phase in PHASES)
    with patch.dict(os.environ, _own_environment(), clear=True), engines.running() as engine:
        for place, phase in enumerate(PHASES, 1):
            print(f"[{place}/{len(PHASES)}] {phase.name} ...", end=" ", file=sys.stderr, flush=True)
            phase_began_s = time.monotonic()
            done_s, left_s = done_s + phase.expected_s, left_s - phase.expected_s
            try:
                for row in phase.measure(engine, plan):
                    gathered[type(row)].append(row)
            except package.NotBuilt as error:
                print(f"left out. {error}", file=sys.stderr)
                continue
            now_s = time.monotonic()
            # The rest is as much slower or faster than expected as what is done.
            rest_s = left_s * (now_s - began_s) / done_s
            took = f"{now_s - phase_began_s:.0f} s"
            print(f"{took}; about {rest_s:.0f} s left" if rest_s else took, file=sys.stderr)
    machine.write(out, command)
    for kind, rows in gathered.items():
        samples.write(out, kind, rows)


def _own_environment() -> dict[str, str]:
    """Return this process's environment without settings of the SDK, a proxy or the service."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "POWERTOOLS_")) and not name.lower().endswith("_proxy")
    }
    return {**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


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
                    longest_pause_ms=POLL_PERIOD_MS if polling == "4hz" else 0.0,
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
    yield from timeline.measure(targets, number=plan.steps)
    for polling in _POLLINGS:
        with _running_streamed(engine, polling) as (target, design):
            yield from timeline.measure_streamed(
                target, design, number=plan.requests, longest_pause_ms=POLL_PERIOD_MS
            )


PHASES: Final = (
    Phase("latency on DynamoDB Local", 100, _reference_latency),
    Phase("latency and units on MiniStack", 52, _ministack_latency),
    Phase("steps of a request", 28, _timeline),
    Phase("capacity units", 2, units.measure),
    Phase("growth with sizes", 90, growth.measure),
    Phase("writers at the same time", 35, writers.measure),
    Phase("followers of the table", 10, following.measure),
    Phase("another client", 20, following.other_client),
    Phase("starts of fresh processes", 18, processes.starts),
    Phase("memory", 43, processes.memory),
    Phase("parts of the service", 15, lambda _, plan: micro.measure(case_s=plan.case_s)),
    Phase("states in parts", 230, boards.measure),
    Phase("size of the package", 5, lambda _, __: package.measure(PACKAGE)),
)


def _in_process(engine: Engine, table: str, plan: Plan) -> list[Entrant]:
    warm, keyed, cold, maker = (Container(engine, table) for _ in range(4))
    return [
        Entrant(Coupled(warm), OPERATIONS, plan.calls),
        Entrant(Coupled(keyed, keyed=True), WRITES, plan.calls),
        Entrant(Coupled(cold, maker=maker), OPERATIONS, plan.calls),
        *(
            Entrant(Floor(engine, table, kind, own=own), operations, plan.calls)
            for kind, operations in FLOORS.items()
            for own in (False, True)
        ),
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
