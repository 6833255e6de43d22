from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.steps import PUT_IN_HOP_MS, Step, Steps, step_sources

STEPS = step_sources()
NAMES = [one.name for one in STEPS]
FRACTIONS = st.floats(0.001, 0.999)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_every_step_has_a_source(step: Step) -> None:
    assert step.url.startswith("https://")
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", step.dated)
    assert step.says.endswith(".")
    assert getattr(Steps(), step.name) == step


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_samples_have_the_published_quantiles_and_the_mean(step: Step) -> None:
    times = step.sample(rng(), 100_000)
    for fraction, time_ms in step.quantiles:
        assert np.quantile(times, fraction) == pytest.approx(time_ms, rel=0.03)
        assert step.quantile(fraction) == pytest.approx(time_ms)
    assert step.mean_ms == pytest.approx(float(times.mean()), rel=0.02)
    # Nothing lies beyond a thousandth.
    assert times.min() == pytest.approx(step.quantile(0.001))
    assert times.max() == pytest.approx(step.quantile(0.999))


def test_a_hop_is_longer_than_the_write_in_it() -> None:
    assert Steps().put_item.quantile(0.5) == pytest.approx(PUT_IN_HOP_MS)
    assert 0.5 * Steps().stream_hop.quantile(0.001) > PUT_IN_HOP_MS


@settings(max_examples=50)
@given(step=st.sampled_from(STEPS), low=FRACTIONS, high=FRACTIONS)
def test_quantiles_are_ordered(step: Step, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert 0 < step.quantile(low) <= step.quantile(high)


@settings(max_examples=25)
@given(step=st.sampled_from(STEPS), factor=st.floats(0.1, 10))
def test_all_times_of_a_step_are_scaled(step: Step, factor: float) -> None:
    scaled = step.scaled(factor)
    assert scaled.sample(rng(), 100) == pytest.approx(factor * step.sample(rng(), 100))
    assert scaled.mean_ms == pytest.approx(factor * step.mean_ms)


def test_one_step_is_scaled_alone() -> None:
    steps = Steps().scaled("transact", 2)
    assert steps.transact.quantile(0.5) == pytest.approx(2 * 25.3)
    assert [name for name in NAMES if getattr(steps, name) != getattr(Steps(), name)] == [
        "transact"
    ]


@pytest.mark.parametrize(
    "quantiles",
    [((0.5, 5.0),), ((0.5, 5.0), (0.9, 4.0)), ((0.9, 5.0), (0.5, 6.0)), ((0.5, 5.0), (0.5, 6.0))],
)
def test_quantiles_that_do_not_ascend_are_an_error(
    quantiles: tuple[tuple[float, float], ...],
) -> None:
    with pytest.raises(ValueError, match="fax: expected two ascending quantiles or more"):
        Step("fax", "a fax", quantiles, "assumed", "https://example.com", "2026-11", "None.")
