from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.lanes import PLAIN
from benchmarks.model.paths import Coupled, Streamed, dice
from benchmarks.model.simulation import (
    DESIGN_NAMES,
    RATES_PER_S,
    SimulatedLatency,
    composition,
    sample,
    sensitivity,
    simulate,
)

RATES = st.floats(1, 100_000)


def one(design: str, rate: float, clients: int = 1, requests: int = 200) -> SimulatedLatency:
    return next(row for row in simulate([rate], clients, requests=requests) if row.design == design)


def test_rows_are_ordered_by_design_and_rate() -> None:
    rows = simulate([1, 10], requests=20)
    assert [(row.design, row.rate_per_s) for row in rows] == [
        (design, rate) for design in DESIGN_NAMES for rate in (1, 10)
    ]
    assert (min(RATES_PER_S), max(RATES_PER_S)) == (1, 100_000)


def test_the_same_seed_gives_the_same_numbers() -> None:
    rows = [simulate([10], requests=50, seed=seed) for seed in (7, 7, 8)]
    assert rows[0] == rows[1] != rows[2]


@settings(max_examples=15)
@given(less=RATES, more=RATES, clients=st.integers(1, 1000))
def test_rows_are_consistent(less: float, more: float, clients: int) -> None:
    less, more = sorted((less, more))
    few, many = (simulate([rate], clients, requests=100) for rate in (less, more))
    for row in (*few, *many):
        assert 0 < row.p50_ms <= row.p90_ms <= row.p99_ms
        assert row.sustained == math.isfinite(row.p50_ms)
        assert row.sustained == (row.utilisation < 1)
    # A higher rate never needs less.
    for before, after in zip(few, many, strict=True):
        assert before.environments <= after.environments
        assert before.shards <= after.shards
        assert set(before.over_quota) <= set(after.over_quota)


def test_a_median_is_about_the_sum_of_its_steps() -> None:
    coupled, streamed, _ = simulate([10], requests=5000)
    # 5.0 gateway, 6.5 invocation, 7.55 read, 25.3 transaction, 1.73 work.
    assert coupled.p50_ms == pytest.approx(46.08, rel=0.03)
    # The streamed design waits for two hops.
    assert streamed.p50_ms > 2 * 205


def test_the_mean_is_the_sum_of_the_parts_in_their_order() -> None:
    parts = [part for part in composition(10, requests=500) if part.design == "streamed"]
    mean_ms = sum(part.mean_ms for part in parts)
    times = sample(Streamed(10, 1, PLAIN, Assumptions()), 500)
    assert float(times.mean()) == pytest.approx(mean_ms)
    steps = [part.step for part in parts]
    assert steps[0] == "websocket_api"
    assert steps.index("put_item") < steps.index("stream_hop") < steps.index("transact")
    assert steps[-1] == "post"


def test_environments_by_littles_law() -> None:
    # 100 a second of 37.3 ms keep 3.73 busy; 3.09 deviations more are enough.
    assert one("coupled", 100).environments == math.ceil(3.73 + 3.09 * math.sqrt(3.73))


def test_the_streamed_design_is_overrun_unless_it_is_scaled_out() -> None:
    # Each of four lanes processes eight orders of 37.3 ms at once: about 800 a second.
    assert one("streamed", 700).sustained
    overrun = one("streamed", 900)
    assert not overrun.sustained
    assert overrun.p50_ms == math.inf
    assert overrun.shards == 8
    assert one("streamed, scaled out", 100_000).sustained


def test_exceeded_quotas() -> None:
    assert one("coupled", 999).over_quota == ()
    assert one("coupled", 1001).over_quota == ("writes to a new table",)
    assert "requests to APIs" in one("streamed", 100, clients=100).over_quota
    assert "requests to APIs" not in one("coupled", 100, clients=100).over_quota


def test_samples_leave_out_the_first_requests() -> None:
    path = Coupled(10, Assumptions())
    times = sample(path, 500, seed=7)
    drawn = np.sum(list(path.parts(dice(7), 600).values()), axis=0)
    assert times.tolist() == pytest.approx(drawn[100:].tolist())


def test_half_and_double_of_each_assumption() -> None:
    rows = sensitivity(10, requests=300)
    assert len(rows) == 2 * 2 * 10
    for half, double in zip(rows[::2], rows[1::2], strict=True):
        assert (half.design, half.assumption) == (double.design, double.assumption)
        assert (half.factor, double.factor) == (0.5, 2)
        assert half.p50_ms <= half.base_p50_ms <= double.p50_ms
        assert half.p99_ms <= half.base_p99_ms <= double.p99_ms
    doubled = {(row.design, row.assumption): row for row in rows[1::2]}
    # A step that a design does not have does not change it.
    for key in (("coupled", "stream_hop"), ("streamed", "http_api")):
        assert doubled[key].p50_ms == doubled[key].base_p50_ms
    hop = doubled["streamed", "stream_hop"]
    assert hop.p50_ms - hop.base_p50_ms == pytest.approx(2 * 213, rel=0.1)
