"""Time of each step on AWS as a distribution, read from `steps.toml` with its source.

Where nobody published a time, the file has an assumption and the reason for it;
`benchmarks.model.simulation.sensitivity` shows what half and double of each would change.

A stream trigger reports failed items (ReportBatchItemFailures) in the answer of its invocation, so
the report is not a step.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import math
from dataclasses import dataclass, fields, replace
from functools import cache
from statistics import NormalDist
from typing import Final, Literal, Self, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.model import data

Floats: TypeAlias = NDArray[np.float64]
Quantiles: TypeAlias = tuple[tuple[float, float], ...]

_NORMAL: Final = NormalDist()
_REACH: Final = _NORMAL.inv_cdf(0.999)
"""Samples end at the 0.1% and 99.9% quantiles: no publication says what lies beyond."""
_GRID: Final = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """A step's distribution and its source.

    The distribution is lognormal between two quantiles, and beyond the outermost quantiles it goes
    on as between the nearest two.

    `quantiles` are pairs of a fraction and a time in ms. The source at `url` has all, some or none
    of them (`basis`), and `says` is what it says or the reason for an assumption. `dated` is the
    day or month of its publication, or when the documentation was read. ValueError is raised if
    there are fewer than two quantiles or they do not ascend.

    Examples
    --------
    >>> round(Steps().put_item.quantile(0.9), 6)
    11.3
    """

    __pydantic_config__ = data.STRICT

    name: str
    what: str
    quantiles: Quantiles
    basis: Literal["published", "partly assumed", "assumed"]
    url: str
    dated: str
    says: str

    def __post_init__(self) -> None:
        ascending = all(
            list(column) == sorted(set(column)) for column in zip(*self.quantiles, strict=True)
        )
        if len(self.quantiles) < 2 or not ascending:  # noqa: PLR2004  a line has two points
            raise ValueError(
                f"{self.name}: expected two ascending quantiles or more; received {self.quantiles}."
            )

    def sample(self, rng: Generator, size: int) -> Floats:
        """Draw times in ms from `size` normal numbers, the same ones for every scale."""
        return _times(self.quantiles, rng.standard_normal(size))

    def quantile(self, fraction: float) -> float:
        """Return the time in ms of a fraction between 0 and 1, both exclusive."""
        return float(_times(self.quantiles, np.array([_NORMAL.inv_cdf(fraction)]))[0])

    @property
    def mean_ms(self) -> float:
        """The mean of the distribution."""
        return _mean(self.quantiles)

    def scaled(self, factor: float) -> Self:
        """Multiply every time by a factor."""
        return replace(self, quantiles=tuple((at, factor * ms) for at, ms in self.quantiles))


def _times(quantiles: Quantiles, normal: Floats) -> Floats:
    at = np.array([_NORMAL.inv_cdf(fraction) for fraction, _ in quantiles])
    logs = np.array([math.log(time) for _, time in quantiles])
    z = np.clip(normal, -_REACH, _REACH)
    slopes = np.diff(logs) / np.diff(at)
    inside = np.interp(z, at, logs)
    below, above = np.minimum(z - at[0], 0), np.maximum(z - at[-1], 0)
    times: Floats = np.exp(inside + slopes[0] * below + slopes[-1] * above)
    return times


@cache
def _mean(quantiles: Quantiles) -> float:
    return float(_times(quantiles, _middles()).mean())


@cache
def _middles() -> Floats:
    fractions = (np.arange(_GRID) + 0.5) / _GRID
    return np.array([_NORMAL.inv_cdf(float(fraction)) for fraction in fractions])


_STEPS: Final = data.read("steps.toml", Step)

PUT_IN_HOP_MS: Final = dict(_STEPS["put_item"].quantiles)[0.5]
"""The published time of a stream hop starts before the write. The model has the write as a step of
its own, so it takes this median off the hop."""


@dataclass(frozen=True, slots=True)
class Steps:
    """All steps of both designs."""

    http_api: Step = _STEPS["http_api"]
    websocket_api: Step = _STEPS["websocket_api"]
    invoke: Step = _STEPS["invoke"]
    restore: Step = _STEPS["restore"]
    get_item: Step = _STEPS["get_item"]
    put_item: Step = _STEPS["put_item"]
    transact: Step = _STEPS["transact"]
    stream_hop: Step = _STEPS["stream_hop"]
    post: Step = _STEPS["post"]

    def scaled(self, name: str, factor: float) -> Self:
        """Multiply all times of the named step by a factor."""
        step: Step = getattr(self, name)
        return replace(self, **{name: step.scaled(factor)})


def step_sources() -> list[Step]:
    """Return every step with its source, in the order of `Steps`."""
    return [_STEPS[one.name] for one in fields(Steps)]
