"""Everything that the model assumes, in one object, and how measurements replace it."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, replace
from statistics import median
from typing import Final, Self

from benchmarks.model.data import VALUES
from benchmarks.model.steps import Steps
from benchmarks.samples import Latency

_ENGINE: Final = "dynamodb-local"


@dataclass(frozen=True, slots=True)
class Work:
    """CPU time of each handler for one action, on a whole core of the measured machine.

    `post_ms` is the time for one client of the push function to read the order, sign, send, and
    read the answer. The defaults are assumptions; `from_measurements` replaces them.
    """

    coupled_ms: float = VALUES["coupled_work_ms"]
    ingest_ms: float = VALUES["ingest_work_ms"]
    reduce_ms: float = VALUES["reduce_work_ms"]
    post_ms: float = VALUES["post_work_ms"]

    def scaled(self, factor: float) -> Self:
        """Multiply all times by a factor."""
        return type(self)(*(factor * time for time in astuple(self)))


class Unmeasured(ValueError):
    """The measurements lack a target that the model needs."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the model assumes.

    No order is in the cache of its environment: the reducer of either design reads it first. As in
    ``benchmarks/streamed``, the reducer processes `orders_at_once` of a batch concurrently, and the
    push function sends to `posts_at_once` connections concurrently.
    """

    steps: Steps = field(default_factory=Steps)
    work: Work = field(default_factory=Work)
    orders_at_once: int = 8
    posts_at_once: int = 16

    def scaled(self, name: str, factor: float) -> Self:
        """Multiply the times of one of `Steps`, or of ``work`` as a whole, by a factor."""
        if name == "work":
            return replace(self, work=self.work.scaled(factor))
        return replace(self, steps=self.steps.scaled(name, factor))


DEFAULTS: Final = Assumptions()


def from_measurements(latencies: Iterable[Latency]) -> Assumptions:
    """Replace the assumed work by measurements.

    `Unmeasured` is raised if ``coupled-warm`` or ``floor-own-transact`` has no updates on
    DynamoDB Local.
    """
    return Assumptions(work=_measured(latencies))


def _measured(latencies: Iterable[Latency]) -> Work:
    """Return the work as the time that the handler adds to the transaction of its own client.

    The published times of requests (`Steps`) include the work of a client already. The streamed
    reducer does the same work on an event and gets the same time; ingest and a post reduce nothing
    and get the assumed share of it.
    """
    times: dict[str, list[float]] = {"coupled-warm": [], "floor-own-transact": []}
    for one in latencies:
        if (one.engine, one.operation) == (_ENGINE, "update") and one.target in times:
            times[one.target].append(one.elapsed_ms)
    for target, found in times.items():
        if not found:
            raise Unmeasured(
                f"Expected updates of {target} on {_ENGINE}; received none. "
                "Measure latencies first."
            )
    # A floor slower than the handler is noise.
    own = max(0.0, median(times["coupled-warm"]) - median(times["floor-own-transact"]))
    light = VALUES["light_work_share"] * own
    return Work(coupled_ms=own, ingest_ms=light, reduce_ms=own, post_ms=light)
