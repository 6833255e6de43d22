"""Create, update and read against deployed stacks, the first requests apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.measures import latency
from benchmarks.samples import Latency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measures.latency import Entrant

ENGINE: Final = "deployed"
UNKEPT_ROUNDS: Final = 2
"""How many rounds are run before those that are kept: the first requests, and a warm-up."""


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Parameters
    ----------
    first
        The first request of each target and operation, all of round 0. The functions that answered
        may have been cold; from outside a cold start shows only as time.
    samples
        The rounds.
    """

    first: list[Latency]
    samples: list[Latency]


def measure(entrants: Sequence[Entrant], *, rounds: int) -> Measured:
    """Measure every entrant in interleaved rounds.

    Parameters
    ----------
    entrants
        The stacks.
    rounds
        How many are kept; `UNKEPT_ROUNDS` more are run before them.

    Raises
    ------
    benchmarks.targets.UnexpectedAnswer
        When a stack did not do what it was asked for.
    benchmarks.targets.addresses.Unreachable
        When it did not answer at all.
    """
    first = [
        Latency(
            ENGINE,
            0,
            entrant.target.name,
            operation,
            latency.timed_ms(entrant.target.prepare(operation, 0)),
        )
        for entrant in entrants
        for operation in entrant.operations
    ]
    return Measured(first, list(latency.measure(ENGINE, entrants, rounds=rounds)))
