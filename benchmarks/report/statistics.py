"""Medians, percentiles, and ratios of interleaved rounds with their spread.

Everything rests on order statistics: one slow request among many moves a median hardly at all, and
a 99th percentile no further than it should.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

FEWEST_FOR_P90: Final = 10
FEWEST_FOR_P99: Final = 100
FEWEST_ROUNDS: Final = 3
RESAMPLES: Final = 2000
_AT_ONCE: Final = 100
SEED: Final = 20_260_101

Samples: TypeAlias = Sequence[float]
Rounds: TypeAlias = Mapping[int, Samples]
"""Samples by the interleaved round they were taken in."""


class TooFewSamples(ValueError):
    """A statistic was asked of fewer samples than it can be taken from.

    Parameters
    ----------
    statistic
        Its name.
    expected
        The fewest that do.
    received
        How many there are.
    unit
        What is counted.
    """

    def __init__(
        self, statistic: str, *, expected: int, received: int, unit: str = "samples"
    ) -> None:
        super().__init__(
            f"{statistic}: expected at least {expected} {unit}; received {received}. Measure more."
        )
        self.statistic = statistic
        self.expected = expected
        self.received = received


def quantile(values: Samples, fraction: float) -> float:
    """Give the value below which a fraction of the samples lies, interpolated between neighbours.

    Parameters
    ----------
    values
        In any order and unit.
    fraction
        From 0 to 1.

    Raises
    ------
    TooFewSamples
        When there are none.
    """
    if not values:
        raise TooFewSamples(f"quantile {fraction:g}", expected=1, received=0)
    return float(np.quantile(np.asarray(values, dtype=float), fraction))


def median(values: Samples) -> float:
    """Give the middle sample, or the mean of the middle two.

    Raises
    ------
    TooFewSamples
        When there are none.
    """
    return quantile(values, 0.5)


def p90(values: Samples) -> float:
    """Give the 90th percentile.

    Raises
    ------
    TooFewSamples
        When there are fewer than `FEWEST_FOR_P90`.
    """
    return _percentile(values, 90, FEWEST_FOR_P90)


def p99(values: Samples) -> float:
    """Give the 99th percentile.

    Raises
    ------
    TooFewSamples
        When there are fewer than `FEWEST_FOR_P99`: it would be their maximum by another name.
    """
    return _percentile(values, 99, FEWEST_FOR_P99)


def _percentile(values: Samples, percent: int, fewest: int) -> float:
    if len(values) < fewest:
        raise TooFewSamples(f"p{percent}", expected=fewest, received=len(values))
    return quantile(values, percent / 100)


class Ratio(NamedTuple):
    """The ratio of two medians, taken in each interleaved round, and how it spreads over them.

    Parameters
    ----------
    median
        Of the rounds' ratios.
    lower_quartile, upper_quartile
        Between them lies the middle half of the rounds.
    low, high
        Ends of the 95 % confidence interval of `median` (percentile bootstrap over the rounds).
    rounds
        How many rounds there were.
    """

    median: float
    lower_quartile: float
    upper_quartile: float
    low: float
    high: float
    rounds: int


def ratio_of_rounds(numerators: Rounds, denominators: Rounds) -> Ratio:
    """Compare two things that were measured in turn, round by round.

    A machine that is slower for a while slows both parts of a round, so their ratio stays.

    Parameters
    ----------
    numerators, denominators
        Positive samples by round, in one unit; rounds that only one of them has are left out.

    Raises
    ------
    TooFewSamples
        When fewer than `FEWEST_ROUNDS` rounds have both.
    """
    shared = [number for number in sorted(numerators) if number in denominators]
    if len(shared) < FEWEST_ROUNDS:
        raise TooFewSamples(
            "ratio of interleaved rounds",
            expected=FEWEST_ROUNDS,
            received=len(shared),
            unit="rounds with both sides",
        )
    ratios = [median(numerators[number]) / median(denominators[number]) for number in shared]
    low, high = _interval_of_median(ratios)
    return Ratio(
        median=median(ratios),
        lower_quartile=quantile(ratios, 0.25),
        upper_quartile=quantile(ratios, 0.75),
        low=low,
        high=high,
        rounds=len(ratios),
    )


def _interval_of_median(values: Samples) -> tuple[float, float]:
    sample, generator = np.asarray(values, dtype=float), np.random.default_rng(SEED)
    medians = np.concatenate(
        [
            np.median(sample[generator.integers(len(sample), size=(_AT_ONCE, len(sample)))], axis=1)
            for _ in range(RESAMPLES // _AT_ONCE)
        ]
    )
    low, high = np.quantile(medians, (0.025, 0.975))
    return float(low), float(high)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Give the trend of a series: the median of the slopes between all pairs (Theil-Sen).

    A few outliers do not tilt it, as they would a least-squares line.
    https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator

    Parameters
    ----------
    points
        Pairs of x and y, each x once.

    Raises
    ------
    TooFewSamples
        When there are fewer than 3 points.
    """
    if len(points) < FEWEST_ROUNDS:
        raise TooFewSamples("slope", expected=FEWEST_ROUNDS, received=len(points), unit="points")
    ordered = sorted(points)
    return median(
        [
            (later[1] - earlier[1]) / (later[0] - earlier[0])
            for index, earlier in enumerate(ordered)
            for later in ordered[index + 1 :]
        ]
    )
