"""Percentiles, and ratios of interleaved rounds with their spread.

Everything is based on order statistics, so that one slow request among many hardly moves a median.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl

Figures: TypeAlias = dict[str, Any]
"""Named values of any type, such as the row of a table; None stands for too few samples."""
FEWEST: Final = {50: 1, 90: 10, 99: 100}
"""Number of samples that each percentile needs; with fewer, a p99 would just be the maximum."""
FEWEST_ROUNDS: Final = 3
RESAMPLES: Final = 2000
SEED: Final = 20_260_101


class NotMeasured(LookupError):
    """Samples that a figure needs are missing or too few."""


def percentile(values: pl.Expr, percent: int) -> pl.Expr:
    """Return a percentile, interpolated between neighbours; null if there are too few samples."""
    found = values.quantile(percent / 100, "linear")
    return pl.when(values.len() >= FEWEST[percent]).then(found)


def summary(column: str) -> dict[str, pl.Expr]:
    """Return the number of samples and their percentiles, as n, p50, p90 and p99."""
    values = pl.col(column)
    return {"n": values.len()} | {f"p{percent}": percentile(values, percent) for percent in FEWEST}


def quantile(values: pl.Series | Sequence[float], fraction: float = 0.5) -> float:
    """Return a quantile of at least one sample, by default the median."""
    return float(np.quantile(np.asarray(values, dtype=float), fraction))


class Ratio(NamedTuple):
    """The median ratio over interleaved rounds, and its spread.

    Between the quartiles lies the middle half of the rounds; `low` and `high` are the 95 %
    confidence interval of the median (percentile bootstrap over the rounds).
    """

    median: float
    lower_quartile: float
    upper_quartile: float
    low: float
    high: float


def rounds(frame: pl.DataFrame, column: str, **of: object) -> pl.DataFrame:
    """Return ``round`` and ``value`` (the column) of the rows with these values elsewhere."""
    found = frame.filter(**of)
    if found.is_empty():
        raise NotMeasured(f"there are no samples of {', '.join(map(str, of.values()))}")
    return found.select("round", value=column)


def ratio_of_rounds(numerators: pl.DataFrame, denominators: pl.DataFrame) -> Ratio:
    """Compare two targets that were measured in turn, round by round.

    A machine that slows down for a while slows both sides of a round, so their ratio holds. Both
    have the columns ``round`` and ``value``: positive samples in one unit. Only rounds that both
    have are compared, and there must be at least `FEWEST_ROUNDS` of them.
    """
    above, below = (
        side.group_by("round").agg(pl.col("value").median()) for side in (numerators, denominators)
    )
    both = above.join(below, on="round").sort("round")
    ratios = (both["value"] / both["value_right"]).to_numpy()
    if len(ratios) < FEWEST_ROUNDS:
        raise NotMeasured(
            f"ratio of interleaved rounds: expected at least {FEWEST_ROUNDS} rounds with both "
            f"sides; received {len(ratios)}. Measure more."
        )
    generator = np.random.default_rng(SEED)
    picks = generator.integers(len(ratios), size=(RESAMPLES, len(ratios)))
    interval = np.quantile(np.median(ratios[picks], axis=1), (0.025, 0.975))
    return Ratio(*np.quantile(ratios, (0.5, 0.25, 0.75)).tolist(), *interval.tolist())


def slope(x: pl.Series, y: pl.Series) -> float:
    """Return the trend of a series: the median of the slopes between all pairs (Theil-Sen).

    Unlike a least-squares line, it is not tilted by a few outliers.
    https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
    """
    if len(x) < FEWEST_ROUNDS:
        raise NotMeasured(
            f"slope: expected at least {FEWEST_ROUNDS} points; received {len(x)}. Measure more."
        )
    xs, ys = x.to_numpy(), y.to_numpy()
    first, second = np.triu_indices(len(xs), 1)
    return float(np.median((ys[second] - ys[first]) / (xs[second] - xs[first])))
