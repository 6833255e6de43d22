"""The handlers' own work: CPU time, from measurements of this repository where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.model.environments import VCPU

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.samples import Latency

_ENGINE: Final = "dynamodb-local"
_LIGHT: Final = 0.5
"""The share of a dispatch that a handler takes which reduces nothing."""


@dataclass(frozen=True, slots=True)
class Work:
    """CPU time of each handler for one action, on a whole core of the measured machine.

    The defaults are assumptions of the right order, for want of measurements; `measured` replaces
    them.

    Parameters
    ----------
    coupled_ms
        The coupled function: parse, validate, reduce, answer.
    ingest_ms
        The streamed ingest.
    reduce_ms
        The streamed reducer: the very same reducer, on one event.
    post_ms
        The push function, for one client: read the order, sign, send, read the answer.
    """

    coupled_ms: float = 1.0
    ingest_ms: float = 0.5
    reduce_ms: float = 1.0
    post_ms: float = 0.5

    def scaled(self, factor: float) -> Work:
        """Make all work longer by a factor, or shorter."""
        return Work(
            coupled_ms=factor * self.coupled_ms,
            ingest_ms=factor * self.ingest_ms,
            reduce_ms=factor * self.reduce_ms,
            post_ms=factor * self.post_ms,
        )


class Unmeasured(ValueError):
    """Work was asked of measurements that lack a target.

    Parameters
    ----------
    target
        Which one.
    """

    def __init__(self, target: str) -> None:
        super().__init__(
            f"Expected updates of {target} on {_ENGINE}; received none. Measure latencies first."
        )
        self.target = target


def measured(latencies: Iterable[Latency]) -> Work:
    """Take the work from measured updates: what the handler adds to the bare transaction.

    The streamed reducer does the same work on an event and gets the same time; ingest and a
    post reduce nothing and get half of it, an assumption.

    Parameters
    ----------
    latencies
        Of any target; only updates of ``coupled-warm`` and ``floor-transact`` on DynamoDB Local
        count.

    Raises
    ------
    Unmeasured
        When one of the two is missing.
    """
    times: dict[str, list[float]] = {"coupled-warm": [], "floor-transact": []}
    for one in latencies:
        if (one.engine, one.operation) == (_ENGINE, "update") and one.target in times:
            times[one.target].append(one.elapsed_ms)
    for target, found in times.items():
        if not found:
            raise Unmeasured(target)
    # A floor slower than the handler is noise.
    own = max(0.0, median(times["coupled-warm"]) - median(times["floor-transact"]))
    light = _LIGHT * own
    return Work(coupled_ms=own, ingest_ms=light, reduce_ms=own, post_ms=light)


def on_lambda(cpu_ms: float) -> float:
    """Give the ms that CPU time takes on the share of a processor that a function has.

    The measured core and Lambda's are taken for equally fast.
    """
    return cpu_ms / VCPU
