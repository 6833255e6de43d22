"""The time of a request, target beside target.

Targets take turns at every request, in another order each time, so that a machine that gets slower
or faster does so for all of them. Those that pause, or take long, have their turns in the second
part of each round: a processor that was idle is slow at first. A first round warms up and is not
kept. The garbage collector is left as it is in production.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from benchmarks.samples import Latency
from benchmarks.targets import Call, Operation, Target

SEED: Final = 20_260_101
NS_A_MS: Final = 1_000_000


@dataclass(frozen=True)
class Entrant:
    """A target that takes part, with its operations and the number of calls of each in a round.

    Before each request is a random pause, so that requests meet periodic work (a poller) in any
    phase. A turn is entered while the target is measured, for example to let its pollers run. Those
    apart have their turns in the second part of a round.
    """

    target: Target
    operations: Sequence[Operation]
    calls: int
    longest_pause_ms: float = 0.0
    turn: Callable[[], AbstractContextManager[object]] = field(default=contextlib.nullcontext)
    apart: bool = False


class Timed(NamedTuple):
    """One request that was timed, in a round that counts from 0."""

    round: int
    entrant: Entrant
    operation: Operation
    elapsed_ms: float


def measure(engine: str, entrants: Sequence[Entrant], *, rounds: int) -> Iterator[Latency]:
    """Time every operation of every entrant; see `interleaved`."""
    for timed in interleaved(entrants, rounds=rounds):
        name = timed.entrant.target.name
        yield Latency(engine, timed.round, name, timed.operation, timed.elapsed_ms)


def interleaved(entrants: Sequence[Entrant], *, rounds: int) -> Iterator[Timed]:
    """Send the requests of all entrants, mixed, in rounds after a first one that is not kept."""
    chance = random.Random(SEED)  # noqa: S311 - the order of measurements is no secret
    parts = [[one for one in entrants if one.apart is apart] for apart in (False, True)]
    for lap in range(-1, rounds):
        for part in parts:
            for turn in range(max((entrant.calls for entrant in part), default=0)):
                calls = [
                    (entrant, operation)
                    for entrant in part
                    if turn < entrant.calls
                    for operation in entrant.operations
                ]
                chance.shuffle(calls)
                for entrant, operation in calls:
                    number = (lap + 1) * entrant.calls + turn
                    pause_s = chance.uniform(0, entrant.longest_pause_ms) / 1000
                    with entrant.turn():
                        call = entrant.target.prepare(operation, number)
                        if pause_s:
                            time.sleep(pause_s)
                        elapsed_ms = timed_ms(call)
                    if lap >= 0:
                        yield Timed(lap, entrant, operation, elapsed_ms)


def timed_ms(call: Call) -> float:
    """Send a request, check the answer, and return the time until the answer was there."""
    send = call.send
    began_ns = time.perf_counter_ns()
    answer = send()
    ended_ns = time.perf_counter_ns()
    call.check(answer)
    return (ended_ns - began_ns) / NS_A_MS
