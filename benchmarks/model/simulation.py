"""End-to-end latency of both designs on AWS, simulated request by request.

Rates are those of the whole service, over many orders at once; many writers of one order are
`benchmarks.model.contention`'s. Quotas are taken for raised, and named where the default ones are
not enough. All rows are reproducible: the same seed, the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.lanes import PLAIN, TOPOLOGIES
from benchmarks.model.limits import exceeded
from benchmarks.model.paths import Coupled, Streamed, dice
from benchmarks.model.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.model.steps import Floats

Path: TypeAlias = Coupled | Streamed

RATES_PER_S: Final = (
    *(digit * 10**power for power in range(5) for digit in (1, 2, 3, 5, 7)),
    100_000,
)
REQUESTS: Final = 10_000
SEED: Final = 20_260_101
CLIENTS: Final = 1

_WARM_UP: Final = 5
"""One request in so many comes first and is not counted: lanes start empty."""


@dataclass(frozen=True, slots=True)
class SimulatedLatency:
    """How long an action takes under a rate, from the request's arrival to the answer's departure.

    Parameters
    ----------
    design
        ``coupled``, or the name of a `benchmarks.model.lanes.Topology`: ``streamed`` (as
        its template deploys it) or ``streamed, scaled out``.
    rate_per_s
        Actions a second.
    clients
        Connections that each new state is pushed to; of no effect on the coupled design.
    p50_ms, p90_ms, p99_ms, mean_ms
        Infinite when the design does not keep up: its streams grow for as long as the rate lasts.
    sustained
        Whether it keeps up.
    environments
        Lambda environments of all functions, enough 99.9% of the time.
    shards
        Of both tables' streams; none in the coupled design.
    utilisation
        How much of its time the busier stream's lane works; from 1 on it is not sustained.
    over_quota
        Default quotas that do not do; names as in `benchmarks.model.limits`.
    """

    design: str
    rate_per_s: float
    clients: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    mean_ms: float
    sustained: bool
    environments: int
    shards: int
    utilisation: float
    over_quota: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A step's share of a design's mean latency.

    Parameters
    ----------
    design
        As in `SimulatedLatency`.
    step
        Named as in `benchmarks.model.steps.Steps` or, for waits and work, in words.
    mean_ms
        Over all requests.
    """

    design: str
    step: str
    mean_ms: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a wrong assumption would change.

    Parameters
    ----------
    design
        As in `SimulatedLatency`.
    assumption
        A step of `benchmarks.model.steps.Steps`, or ``work`` for all handlers' CPU time.
    factor
        How much longer it is taken to be: half or double.
    p50_ms, p99_ms
        With it.
    base_p50_ms, base_p99_ms
        Without.
    """

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
    given: Assumptions | None = None,
    *,
    requests: int = REQUESTS,
    seed: int = SEED,
) -> list[SimulatedLatency]:
    """Simulate all designs at each rate.

    Parameters
    ----------
    rates
        Actions a second, each more than 0.
    clients
        Connections that each new state is pushed to.
    given
        What is supposed; the defaults when it is left out.
    requests
        How many are drawn at each rate.
    seed
        Of the simulation.

    Returns
    -------
    list of SimulatedLatency
        By design, then by rate.
    """
    supposed = given or Assumptions()
    by_rate = [_paths(rate, clients, supposed) for rate in rates]
    return [
        _latency(name, paths[name], clients, sample(paths[name], requests, seed=seed))
        for name in DESIGN_NAMES
        for paths in by_rate
    ]


DESIGN_NAMES: Final = ("coupled", *(topology.name for topology in TOPOLOGIES))
"""What rows call the designs, in the order of the rows."""


def sample(path: Path, requests: int = REQUESTS, *, seed: int = SEED) -> Floats:
    """Draw the latencies of one design under one rate, for a distribution.

    Parameters
    ----------
    path
        The design.
    requests
        How many.
    seed
        Of the simulation.

    Returns
    -------
    ndarray of shape (requests,)
        In ms; infinite when the design does not keep up.
    """
    times: Floats = np.sum(list(_drawn(path, requests, seed).values()), axis=0)
    return times


def composition(
    rate: float,
    clients: int = CLIENTS,
    given: Assumptions | None = None,
    *,
    requests: int = REQUESTS,
    seed: int = SEED,
) -> list[Part]:
    """Divide the mean latency of each design into its steps, in the order they happen.

    Parameters
    ----------
    rate, clients, given, requests, seed
        As in `simulate`.
    """
    return [
        Part(name, step, float(times.mean()))
        for name, path in _paths(rate, clients, given or Assumptions()).items()
        for step, times in _drawn(path, requests, seed).items()
    ]


def sensitivity(
    rate: float,
    clients: int = CLIENTS,
    given: Assumptions | None = None,
    *,
    requests: int = REQUESTS,
    seed: int = SEED,
) -> list[Sensitivity]:
    """Halve and double each assumption on its own, for the coupled and the plain streamed design.

    Parameters
    ----------
    rate, clients, given, requests, seed
        As in `simulate`.
    """
    supposed = given or Assumptions()
    names = [*(one.name for one in fields(Steps)), "work"]

    def quantiles(name: str, changed: Assumptions) -> Sequence[float]:
        times = sample(_paths(rate, clients, changed)[name], requests, seed=seed)
        return _quantiles(times, (0.5, 0.99))

    rows = []
    for design in ("coupled", PLAIN.name):
        base = quantiles(design, supposed)
        for name in names:
            for factor in (0.5, 2.0):
                p50_ms, p99_ms = quantiles(design, supposed.scaled(name, factor))
                rows.append(Sensitivity(design, name, factor, p50_ms, p99_ms, *base))
    return rows


def _paths(rate: float, clients: int, given: Assumptions) -> dict[str, Path]:
    coupled: dict[str, Path] = {"coupled": Coupled(rate, given)}
    return coupled | {one.name: Streamed(rate, clients, one, given) for one in TOPOLOGIES}


def _drawn(path: Path, requests: int, seed: int) -> dict[str, Floats]:
    first = requests // _WARM_UP
    drawn = path.parts(dice(seed), first + requests)
    return {step: times[first:] for step, times in drawn.items()}


def _quantiles(times: Floats, fractions: Sequence[float]) -> list[float]:
    # Without interpolation, which would make no number of two infinite times.
    return [float(one) for one in np.quantile(times, fractions, method="lower")]


def _latency(name: str, path: Path, clients: int, times: Floats) -> SimulatedLatency:
    lanes = path.lanes()
    p50_ms, p90_ms, p99_ms = _quantiles(times, (0.5, 0.9, 0.99))
    return SimulatedLatency(
        design=name,
        rate_per_s=path.rate_per_s,
        clients=clients,
        p50_ms=p50_ms,
        p90_ms=p90_ms,
        p99_ms=p99_ms,
        mean_ms=float(times.mean()),
        sustained=all(one.utilisation < 1 for one in lanes),
        environments=sum(stage.environments for stage in path.stages()),
        shards=sum(one.shards for one in lanes),
        utilisation=max((one.utilisation for one in lanes), default=0.0),
        over_quota=exceeded(
            "streamed" if lanes else "coupled", path.rate_per_s, clients, path.given
        ),
    )
