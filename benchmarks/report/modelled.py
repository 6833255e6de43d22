"""The model's figures for a run: its assumptions take what the run measured."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from benchmarks.model import contention, cost, simulation
from benchmarks.model.assumptions import Assumptions, Unmeasured, from_measurements
from benchmarks.model.limits import limits

if TYPE_CHECKING:
    from benchmarks.model.contention import Contention
    from benchmarks.model.cost import Price
    from benchmarks.model.limits import Limit
    from benchmarks.model.simulation import Part, Sensitivity, SimulatedLatency
    from benchmarks.report.results import Results

COUPLED: Final = "coupled"
STREAMED: Final = "streamed"
SCALED_OUT: Final = "streamed, scaled out"
"""What the model calls the designs."""

RATE_PER_S: Final = 10
"""Actions a second, where figures are of one rate."""
RATES_PER_S: Final = (1, RATE_PER_S, 100, 1000, 10_000, 100_000)
"""Actions a second, in tables."""
CLIENTS: Final = (1, 10, 100)
"""Connected clients, of money."""

REQUESTS: Final = 8000
"""Simulated at each rate: enough for a 99th percentile that stays within some percent."""


def given(results: Results) -> Assumptions:
    """Give the model's assumptions, the run's own measurements in them where it has any."""
    try:
        return from_measurements(results.latency, results.units)
    except Unmeasured:
        return Assumptions()


@cache
def latencies(supposed: Assumptions) -> tuple[SimulatedLatency, ...]:
    """Simulate every design at the model's rates, for one client."""
    return tuple(simulation.simulate(given=supposed, requests=REQUESTS))


def latency(supposed: Assumptions, design: str, rate_per_s: float) -> SimulatedLatency:
    """Find one of `latencies`."""
    return next(
        one for one in latencies(supposed) if (one.design, one.rate_per_s) == (design, rate_per_s)
    )


@cache
def composition(supposed: Assumptions) -> tuple[Part, ...]:
    """Divide the mean latency at `RATE_PER_S` into its steps."""
    return tuple(simulation.composition(RATE_PER_S, given=supposed, requests=REQUESTS))


@cache
def sensitivity(supposed: Assumptions) -> tuple[Sensitivity, ...]:
    """Halve and double each assumption at `RATE_PER_S`; only those that make a difference."""
    rows = simulation.sensitivity(RATE_PER_S, given=supposed, requests=REQUESTS)
    return tuple(
        row for row in rows if (row.p50_ms, row.p99_ms) != (row.base_p50_ms, row.base_p99_ms)
    )


@cache
def contended(supposed: Assumptions) -> tuple[Contention, ...]:
    """Simulate requests that arrive together at one order."""
    return tuple(contention.contend(given=supposed))


@cache
def prices(supposed: Assumptions) -> tuple[Price, ...]:
    """Price a million actions of both designs, at every rate and number of clients."""
    return tuple(cost.price_per_million(RATES_PER_S, CLIENTS, supposed))


def price(
    supposed: Assumptions, design: str, *, rate_per_s: float = RATE_PER_S, clients: int = 1
) -> Price:
    """Find one of `prices`."""
    return next(
        one
        for one in prices(supposed)
        if (one.design, one.rate_per_s, one.clients) == (design, rate_per_s, clients)
    )


def rated_limits(supposed: Assumptions) -> list[Limit]:
    """Give the limits that a rate meets, the lowest first."""
    rated = [one for one in limits(given=supposed) if one.actions_per_s is not None]
    return sorted(rated, key=lambda one: (one.actions_per_s or 0, one.name, one.design))
