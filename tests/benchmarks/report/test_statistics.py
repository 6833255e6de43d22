from __future__ import annotations

import statistics as reference
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.report.statistics import (
    TooFewSamples,
    median,
    p90,
    p99,
    quantile,
    ratio_of_rounds,
    slope,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Pairs: TypeAlias = dict[int, tuple[float, float]]

positive = st.floats(min_value=1e-3, max_value=1e6)
pairs = st.dictionaries(st.integers(0, 40), st.tuples(positive, positive), min_size=3, max_size=30)
many = st.lists(positive, min_size=100, max_size=150)


def test_known_percentiles() -> None:
    values = list(range(1, 102))
    assert (median(values), p90(values), p99(values)) == (51, 91, 100)
    assert median([1, 2]) == 1.5
    assert quantile([3, 1, 2], 0.25) == 1.5


@pytest.mark.parametrize(("take", "fewest"), [(median, 1), (p90, 10), (p99, 100)])
def test_too_few_samples_are_an_error_that_says_how_many_it_takes(
    take: Callable[[list[float]], float], fewest: int
) -> None:
    take([1.0] * fewest)
    with pytest.raises(TooFewSamples, match=f"at least {fewest} samples; received {fewest - 1}"):
        take([1.0] * (fewest - 1))


@given(many)
def test_percentiles_are_those_of_the_standard_library(values: list[float]) -> None:
    cuts = reference.quantiles(values, n=100, method="inclusive")
    assert median(values) == pytest.approx(reference.median(values))
    assert p90(values) == pytest.approx(cuts[89])
    assert p99(values) == pytest.approx(cuts[98])


@given(many, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(values: list[float], random: Random) -> None:
    shuffled = random.sample(values, len(values))
    assert (median(values), p99(values)) == (median(shuffled), p99(shuffled))


def test_one_outlier_moves_neither_median_nor_ratio() -> None:
    even = {number: [2.0, 2.0, 2.0] for number in range(9)}
    spoilt = {**even, 4: [2.0, 900.0, 2.0]}
    assert ratio_of_rounds(spoilt, {number: [1.0] for number in even}).median == 2.0


def test_a_ratio_is_taken_within_each_round() -> None:
    numerators = {0: [2.0], 1: [20.0], 2: [400.0], 3: [5.0]}
    denominators = {0: [1.0], 1: [10.0], 2: [100.0], 9: [5.0]}
    ratio = ratio_of_rounds(numerators, denominators)
    assert ratio.rounds == 3
    assert ratio.median == 2.0
    assert (ratio.lower_quartile, ratio.upper_quartile) == (2.0, 3.0)


@given(pairs)
def test_drift_that_meets_both_sides_of_a_round_leaves_the_ratio(rounds: Pairs) -> None:
    steady = ratio_of_rounds(
        {number: [one] for number, (one, _) in rounds.items()},
        {number: [other] for number, (_, other) in rounds.items()},
    )
    drifting = ratio_of_rounds(
        {number: [one * (number + 1)] for number, (one, _) in rounds.items()},
        {number: [other * (number + 1)] for number, (_, other) in rounds.items()},
    )
    assert drifting == pytest.approx(steady)


@given(pairs)
def test_the_interval_holds_the_median_and_lies_among_the_rounds(rounds: Pairs) -> None:
    ratio = ratio_of_rounds(
        {number: [one] for number, (one, _) in rounds.items()},
        {number: [other] for number, (_, other) in rounds.items()},
    )
    each = [one / other for one, other in rounds.values()]
    slack = 1e-9 * max(each)
    assert min(each) - slack <= ratio.low <= ratio.median + slack
    assert ratio.median - slack <= ratio.high <= max(each) + slack
    assert ratio.lower_quartile - slack <= ratio.median <= ratio.upper_quartile + slack


def test_the_interval_is_the_bootstraps() -> None:
    # Of 1..101 it is known: the order statistics around the middle at the binomial's 2.5 %.
    rounds = {number: [float(number)] for number in range(1, 102)}
    ratio = ratio_of_rounds(rounds, {number: [1.0] for number in rounds})
    assert ratio.median == 51
    assert ratio.low == pytest.approx(41, abs=2)
    assert ratio.high == pytest.approx(61, abs=2)
    assert ratio == ratio_of_rounds(rounds, {number: [1.0] for number in rounds})


def test_too_few_shared_rounds_are_an_error() -> None:
    rounds = {0: [1.0], 1: [1.0], 2: [1.0]}
    with pytest.raises(TooFewSamples, match="at least 3 rounds with both sides; received 2"):
        ratio_of_rounds(rounds, {0: [1.0], 1: [1.0], 7: [1.0]})


@given(st.floats(-5, 5), st.integers(0, 10), st.floats(-1e6, 1e6))
def test_a_slope_is_a_lines_even_with_an_outlier(tilt: float, spoilt: int, outlier: float) -> None:
    points = [(float(x), 3 + tilt * x) for x in range(11)]
    points[spoilt] = (float(spoilt), outlier)
    assert slope(points) == pytest.approx(tilt, abs=1e-6)


def test_a_slope_takes_three_points() -> None:
    with pytest.raises(TooFewSamples, match="at least 3 points; received 2"):
        slope([(0, 0), (1, 1)])
