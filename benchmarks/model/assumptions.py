"""Everything that the model assumes, in one object, and how measurements replace it."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, replace
from statistics import median
from typing import Final, Self

from benchmarks.model.data import DESIGNS, VALUES, Design
from benchmarks.model.footprint import Footprint, footprint
from benchmarks.model.footprint import measured as measured_footprint
from benchmarks.model.steps import Steps
from benchmarks.samples import Latency, Units

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

    `cached_share` is the share of actions whose order is in their environment's cache, which saves
    the reducer of either design the GetItem. `cold_share` is the share of invocations that get a
    new environment; None computes it from the rate (`benchmarks.model.environments.cold_share`).
    As in ``benchmarks/streamed``, the reducer processes `orders_at_once` of a batch concurrently,
    and the push function sends to `posts_at_once` connections concurrently.
    """

    steps: Steps = field(default_factory=Steps)
    work: Work = field(default_factory=Work)
    footprints: tuple[Footprint, ...] = field(
        default_factory=lambda: tuple(footprint(design) for design in DESIGNS)
    )
    cached_share: float = 0.0
    cold_share: float | None = None
    orders_at_once: int = 8
    posts_at_once: int = 16

    def footprint(self, design: Design) -> Footprint:
        """Return the footprint of a design."""
        return next(one for one in self.footprints if one.design == design)

    def scaled(self, name: str, factor: float) -> Self:
        """Multiply the times of one of `Steps`, or of ``work`` as a whole, by a factor."""
        if name == "work":
            return replace(self, work=self.work.scaled(factor))
        return replace(self, steps=self.steps.scaled(name, factor))


DEFAULTS: Final = Assumptions()


def from_measurements(latencies: Iterable[Latency], units: Iterable[Units]) -> Assumptions:
    """Replace assumptions by measurements: latencies are needed, units may be empty.

    `Unmeasured` is raised if ``coupled-warm`` or ``floor-own-transact`` has no updates on
    DynamoDB Local.
    """
    counted = list(units)
    return Assumptions(
        work=_measured(latencies),
        footprints=tuple(measured_footprint(footprint(design), counted) for design in DESIGNS),
    )


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
