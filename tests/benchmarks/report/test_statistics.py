import statistics as reference
from collections.abc import Mapping, Sequence
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.report.statistics import (
    FEWEST,
    NotMeasured,
    quantile,
    ratio_of_rounds,
    slope,
    summary,
)

positive = st.floats(min_value=1e-3, max_value=1e6)
pairs = st.dictionaries(st.integers(0, 40), st.tuples(positive, positive), min_size=3, max_size=30)
few_examples = settings(max_examples=25)


def frame(rounds: Mapping[int, Sequence[float]]) -> pl.DataFrame:
    rows = [(number, value) for number, values in rounds.items() for value in values]
    return pl.DataFrame(rows, schema={"round": int, "value": float}, orient="row")


def both(rounds: Mapping[int, tuple[float, float]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    above, below = (
        frame({number: [pair[side]] for number, pair in rounds.items()}) for side in (0, 1)
    )
    return above, below


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    return pl.DataFrame({"x": values}).select(**summary("x")).row(0, named=True)


def test_too_few_samples_have_no_percentile() -> None:
    for percent, fewest in FEWEST.items():
        assert percentiles([1.0] * fewest)[f"p{percent}"] == 1
    assert percentiles([1.0] * 99) == {"n": 99, "p50": 1, "p90": 1, "p99": None}
    assert percentiles([1.0] * 9) == {"n": 9, "p50": 1, "p90": None, "p99": None}


@few_examples
@given(st.lists(positive, min_size=100, max_size=150), st.randoms(use_true_random=False))
def test_percentiles_are_those_of_the_standard_library_in_any_order(
    values: list[float], random: Random
) -> None:
    cuts = reference.quantiles(values, n=100, method="inclusive")
    found = percentiles(random.sample(values, len(values)))
    assert found["p50"] == pytest.approx(reference.median(values)) == quantile(values)
    assert found["p90"] == pytest.approx(cuts[89])
    assert found["p99"] == pytest.approx(cuts[98]) == quantile(values, 0.99)


def test_one_outlier_moves_neither_median_nor_ratio() -> None:
    even = {number: [2.0, 2.0, 2.0] for number in range(9)}
    spoilt = frame({**even, 4: [2.0, 900.0, 2.0]})
    assert ratio_of_rounds(spoilt, frame({number: [1.0] for number in even})).median == 2.0


def test_a_ratio_is_taken_within_each_shared_round() -> None:
    ratio = ratio_of_rounds(
        frame({0: [2.0], 1: [20.0], 2: [400.0], 3: [5.0]}),
        frame({0: [1.0], 1: [10.0], 2: [100.0], 9: [5.0]}),
    )
    assert ratio[:3] == (2.0, 2.0, 3.0)


@few_examples
@given(pairs, st.lists(st.floats(0.5, 3), min_size=41, max_size=41))
def test_drift_that_affects_both_sides_of_a_round_does_not_change_the_ratio(
    rounds: dict[int, tuple[float, float]], drift: list[float]
) -> None:
    drifted = {
        number: (above * drift[number], below * drift[number])
        for number, (above, below) in rounds.items()
    }
    assert ratio_of_rounds(*both(drifted)) == pytest.approx(ratio_of_rounds(*both(rounds)))


@few_examples
@given(pairs)
def test_a_ratio_and_its_interval_lie_within_the_rounds(
    rounds: dict[int, tuple[float, float]],
) -> None:
    ratio = ratio_of_rounds(*both(rounds))
    each = [above / below for above, below in rounds.values()]
    slack = 1e-9 * max(each)
    assert min(each) - slack <= ratio.low <= ratio.median + slack
    assert ratio.median - slack <= ratio.high <= max(each) + slack
    assert ratio.lower_quartile - slack <= ratio.median <= ratio.upper_quartile + slack


def test_the_interval_is_that_of_a_bootstrap() -> None:
    # For 1..101 it is known: the order statistics around the middle at the binomial's 2.5 %.
    rounds = both({number: (float(number), 1.0) for number in range(1, 102)})
    ratio = ratio_of_rounds(*rounds)
    assert ratio.median == 51
    assert (ratio.low, ratio.high) == pytest.approx((41, 61), abs=2)
    assert ratio == ratio_of_rounds(*rounds)


def test_too_few_shared_rounds_are_an_error() -> None:
    above, below = frame({0: [1.0], 1: [1.0], 2: [1.0]}), frame({0: [1.0], 1: [1.0], 7: [1.0]})
    with pytest.raises(NotMeasured, match="at least 3 rounds with both sides; received 2"):
        ratio_of_rounds(above, below)


@few_examples
@given(st.floats(-5, 5), st.integers(0, 10), st.floats(-1e6, 1e6))
def test_an_outlier_does_not_change_the_slope_of_a_line(
    tilt: float, spoilt: int, outlier: float
) -> None:
    ys = [3 + tilt * x for x in range(11)]
    ys[spoilt] = outlier
    assert slope(pl.Series(range(11)), pl.Series(ys)) == pytest.approx(tilt, abs=1e-6)


def test_a_slope_needs_three_points() -> None:
    with pytest.raises(NotMeasured, match="at least 3 points; received 2"):
        slope(pl.Series([0, 1]), pl.Series([0, 1]))
