"""Everything that the model supposes, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from benchmarks.model import work as works
from benchmarks.model.footprint import DESIGNS, Footprint, footprint
from benchmarks.model.footprint import measured as measured_footprint
from benchmarks.model.steps import Steps
from benchmarks.model.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.model.footprint import Design
    from benchmarks.samples import Latency, Units


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the model supposes.

    Parameters
    ----------
    steps
        Times of the steps on AWS.
    work
        The handlers' own CPU time.
    footprints
        Units and bytes of an action, one for each design.
    cached_share
        Share of actions whose order is in their environment's cache, which saves either design's
        reducer the GetItem. None is the assumption.
    cold_share
        Share of invocations that meet a new environment; None computes it from the rate
        (`benchmarks.model.environments.cold_share`).
    orders_at_once
        Orders of a batch that the streamed reducer works on at the same time.
    posts_at_once
        Connections that the push function sends to at the same time. Both as in
        ``benchmarks/streamed``.
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
        """Give the footprint of a design."""
        return next(one for one in self.footprints if one.design == design)

    def scaled(self, name: str, factor: float) -> Assumptions:
        """Make a step of `Steps`, or ``work`` as a whole, longer by a factor or shorter."""
        if name == "work":
            return replace(self, work=self.work.scaled(factor))
        return replace(self, steps=self.steps.scaled(name, factor))


def from_measurements(latencies: Iterable[Latency], units: Iterable[Units]) -> Assumptions:
    """Put what was measured in the place of what was supposed.

    Parameters
    ----------
    latencies
        See `benchmarks.model.work.measured`.
    units
        See `benchmarks.model.footprint.measured`; none is fine.

    Raises
    ------
    benchmarks.model.work.Unmeasured
        When a latency is missing.
    """
    counted = list(units)
    return Assumptions(
        work=works.measured(latencies),
        footprints=tuple(measured_footprint(footprint(design), counted) for design in DESIGNS),
    )
