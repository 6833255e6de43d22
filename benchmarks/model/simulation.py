"""End-to-end latency of both designs on AWS, simulated request by request.

Rates are those of the whole service, over many orders; `benchmarks.model.contention` has many
writers of one order. The simulation assumes that quotas were raised, and names the default quotas
that a rate exceeds. In all functions `rate` is actions per second (more than 0), `clients` is the
number of connections that each new state is pushed to, and the same `seed` gives the same numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

import numpy as np

from benchmarks.model.assumptions import DEFAULTS, Assumptions
from benchmarks.model.following import Following
from benchmarks.model.lanes import PLAIN, TOPOLOGIES
from benchmarks.model.limits import exceeded
from benchmarks.model.paths import Coupled, Streamed, dice
from benchmarks.model.steps import Floats, Steps

Path: TypeAlias = Coupled | Streamed

DESIGN_NAMES: Final = ("coupled", *(topology.name for topology in TOPOLOGIES))
"""Names of the designs in rows, in the order of the rows."""
RATES_PER_S: Final = (*(n * 10**power for power in range(5) for n in (1, 2, 3, 5, 7)), 100_000)
REQUESTS: Final = 10_000
SEED: Final = 20_260_101
CLIENTS: Final = 1

_WARM_UP: Final = 5
"""Lanes start empty, so a fifth of the requests comes first and is not counted."""


@dataclass(frozen=True, slots=True)
class SimulatedLatency:
    """Time of an action under a rate, from the request's arrival to the answer's departure.

    Times are infinite unless `sustained`: the streams grow as long as the rate lasts. `shards` are
    those of both tables' streams, and `environments` is the number of Lambda's that is enough 99.9%
    of the time. `utilisation` is the share of its time that a lane of the busier stream works;
    `over_quota` names the default quotas that the rate exceeds.
    """

    design: str
    rate_per_s: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    sustained: bool
    environments: int
    shards: int
    utilisation: float
    over_quota: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A step's share of a design's mean latency: a name of `Steps`, or a wait or work in words."""

    design: str
    step: str
    mean_ms: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Quantiles with one of `Steps`, or all ``work``, multiplied by a factor, and without."""

    design: str
    assumption: str
    factor: float
    p50_ms: float
    p99_ms: float
    base_p50_ms: float
    base_p99_ms: float


def simulate(
    rates: Iterable[float] = RATES_PER_S,
    clients: int = CLIENTS,
    given: Assumptions = DEFAULTS,
    *,
    requests: int = REQUESTS,
    seed: int = SEED,
) -> list[SimulatedLatency]:
    """Simulate all designs, with `requests` requests at each rate; by design, then by rate."""
    by_rate = [_paths(rate, clients, given) for rate in rates]
    return [
        _latency(name, paths[name], clients, sample(paths[name], requests, seed=seed))
        for name in DESIGN_NAMES
        for paths in by_rate
    ]


def sample(path: Path | Following, requests: int = REQUESTS, *, seed: int = SEED) -> Floats:
    """Draw the latencies in ms of one path under one rate; infinite when it does not keep up."""
    times: Floats = np.sum(list(drawn(path, requests, seed).values()), axis=0)
    return times


def composition(
    rate: float, given: Assumptions = DEFAULTS, *, requests: int = REQUESTS
) -> list[Part]:
    """Divide the mean latency of each design into its steps, in the order they happen."""
    return [
        Part(name, step, float(times.mean()))
        for name, path in _paths(rate, CLIENTS, given).items()
        for step, times in drawn(path, requests).items()
    ]


def sensitivity(
    rate: float, given: Assumptions = DEFAULTS, *, requests: int = REQUESTS
) -> list[Sensitivity]:
    """Halve and double each assumption on its own, for the designs as they are deployed."""

    def quantiles(name: str, changed: Assumptions) -> Sequence[float]:
        times = sample(_paths(rate, CLIENTS, changed)[name], requests)
        return _quantiles(times, (0.5, 0.99))

    rows = []
    for design in ("coupled", PLAIN.name):
        base = quantiles(design, given)
        for name in (*(one.name for one in fields(Steps)), "work"):
            for factor in (0.5, 2.0):
                changed = quantiles(design, given.scaled(name, factor))
                rows.append(Sensitivity(design, name, factor, *changed, *base))
    return rows


def _paths(rate: float, clients: int, given: Assumptions) -> dict[str, Path]:
    coupled: dict[str, Path] = {"coupled": Coupled(rate, given)}
    return coupled | {one.name: Streamed(rate, clients, one, given) for one in TOPOLOGIES}


def drawn(path: Path | Following, requests: int, seed: int = SEED) -> dict[str, Floats]:
    """Draw the times in ms of each step of one path."""
    first = requests // _WARM_UP
    parts = path.parts(dice(seed), first + requests)
    return {step: times[first:] for step, times in parts.items()}


def _quantiles(times: Floats, fractions: Sequence[float]) -> list[float]:
    # Interpolation between two infinite times would not give a number.
    return [float(one) for one in np.quantile(times, fractions, method="lower")]


def _latency(name: str, path: Path, clients: int, times: Floats) -> SimulatedLatency:
    lanes = path.lanes()
    p50_ms, p90_ms, p99_ms = _quantiles(times, (0.5, 0.9, 0.99))
    return SimulatedLatency(
        design=name,
        rate_per_s=path.rate_per_s,
        p50_ms=p50_ms,
        p90_ms=p90_ms,
        p99_ms=p99_ms,
        sustained=all(one.utilisation < 1 for one in lanes),
        environments=sum(stage.environments for stage in path.stages()),
        shards=sum(one.shards for one in lanes),
        utilisation=max((one.utilisation for one in lanes), default=0.0),
        over_quota=exceeded(path.design, path.rate_per_s, clients, path.given),
    )
