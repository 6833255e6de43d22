"""How long a request takes, target beside target.

Targets take turns at every request, in another order each time, so that a machine that gets slower
or faster meanwhile does so for all of them. Those that pause, or take long, have their turns in the
second part of each round: a processor that has been idle is slow at what comes next. A first round
warms up and is forgotten. The garbage collector is left as it is in production.
"""

from __future__ import annotations

import contextlib
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.samples import Latency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from benchmarks.targets import Call, Operation, Target

_SEED: Final = 20_260_101
_NS_A_MS: Final = 1_000_000


@dataclass(frozen=True)
class Entrant:
    """A target that takes part.

    Parameters
    ----------
    target
        Which one.
    operations
        What it is asked for.
    calls
        How many of each, in a round.
    longest_pause_ms
        Before each request a pause of any length up to this one, so that requests meet whatever
        works in periods (a poller) at any phase of it.
    turn
        What is in force while it is measured, such as pollers that stand still otherwise.
    apart
        Whether it has its turns in the second part of a round.
    """

    target: Target
    operations: Sequence[Operation]
    calls: int
    longest_pause_ms: float = 0.0
    turn: Callable[[], AbstractContextManager[object]] = field(default=contextlib.nullcontext)
    apart: bool = False


class Timed(NamedTuple):
    """One request that was timed.

    Parameters
    ----------
    round
        0-based.
    entrant, operation
        Who was asked for what.
    elapsed_ms
        How long the answer took.
    """

    round: int
    entrant: Entrant
    operation: Operation
    elapsed_ms: float


def measure(engine: str, entrants: Sequence[Entrant], *, rounds: int) -> Iterator[Latency]:
    """Time every operation of every entrant.

    Parameters
    ----------
    engine
        As samples call it.
    entrants, rounds
        As for `interleaved`.

    Raises
    ------
    benchmarks.targets.UnexpectedAnswer
        When a target did not do what it was asked for.
    """
    for timed in interleaved(entrants, rounds=rounds):
        name = timed.entrant.target.name
        yield Latency(engine, timed.round, name, timed.operation, timed.elapsed_ms)


def interleaved(entrants: Sequence[Entrant], *, rounds: int) -> Iterator[Timed]:
    """Send the requests of all entrants, mixed.

    Parameters
    ----------
    entrants
        Who takes part.
    rounds
        How many are kept, each of every entrant's number of calls; one more is run before them.
    """
    chance = random.Random(_SEED)  # noqa: S311 - the order of measurements is no secret
    parts = [[one for one in entrants if one.apart is apart] for apart in (False, True)]
    for lap in range(-1, rounds):
        for part in parts:
            for turn in range(max((entrant.calls for entrant in part), default=0)):
                for entrant, operation in _shuffled(part, turn, chance):
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
    """Send a request, check the answer, and give how long the answer took."""
    send = call.send
    began_ns = time.perf_counter_ns()
    answer = send()
    ended_ns = time.perf_counter_ns()
    call.check(answer)
    return (ended_ns - began_ns) / _NS_A_MS


def _shuffled(
    entrants: Sequence[Entrant], turn: int, chance: random.Random
) -> list[tuple[Entrant, Operation]]:
    turns = [
        (entrant, operation)
        for entrant in entrants
        if turn < entrant.calls
        for operation in entrant.operations
    ]
    chance.shuffle(turns)
    return turns
