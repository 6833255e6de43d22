from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.paths import Coupled, dice
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
CLIENTS = st.integers(1, 1000)


def one(design: str, rate: float, clients: int = 1, requests: int = 500) -> SimulatedLatency:
    return next(row for row in simulate([rate], clients, requests=requests) if row.design == design)


def test_rows_are_ordered_by_design_and_rate() -> None:
    rows = simulate([1, 10], requests=20)
    assert [(row.design, row.rate_per_s) for row in rows] == [
        (design, rate) for design in DESIGN_NAMES for rate in (1, 10)
    ]
    assert (min(RATES_PER_S), max(RATES_PER_S)) == (1, 100_000)


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert simulate([10], requests=100, seed=7) == simulate([10], requests=100, seed=7)
    assert simulate([10], requests=100, seed=7) != simulate([10], requests=100, seed=8)


@settings(max_examples=25)
@given(rate=RATES, clients=CLIENTS)
def test_quantiles_are_ordered(rate: float, clients: int) -> None:
    for row in simulate([rate], clients, requests=200):
        assert 0 < row.p50_ms <= row.p90_ms <= row.p99_ms
        assert row.sustained == math.isfinite(row.p50_ms) == math.isfinite(row.mean_ms)
        assert row.sustained == (row.utilisation < 1)


@settings(max_examples=25)
@given(less=RATES, more=RATES, clients=CLIENTS)
def test_a_higher_rate_never_needs_fewer_environments(
    less: float, more: float, clients: int
) -> None:
    less, more = sorted((less, more))
    few, many = (simulate([rate], clients, requests=5) for rate in (less, more))
    for before, after in zip(few, many, strict=True):
        assert before.environments <= after.environments
        assert before.shards <= after.shards
        assert set(before.over_quota) <= set(after.over_quota)


def test_the_median_of_the_coupled_design_is_about_the_sum_of_its_steps() -> None:
    # 5.0 gateway, 6.5 invocation, 7.55 read, 25.3 transaction, 1.73 work.
    assert one("coupled", 10, requests=5000).p50_ms == pytest.approx(46.08, rel=0.03)


def test_the_streamed_design_waits_for_two_hops() -> None:
    row = one("streamed", 10, requests=5000)
    assert row.mean_ms == pytest.approx(
        sum(part.mean_ms for part in composition(10) if part.design == "streamed"), rel=0.02
    )
    assert row.p50_ms > 2 * 205


def test_environments_by_littles_law() -> None:
    # 100 a second of 37.3 ms keep 3.73 busy; 3.09 deviations more do.
    assert one("coupled", 100).environments == math.ceil(3.73 + 3.09 * math.sqrt(3.73))


def test_the_streamed_design_is_overrun_and_scales_out() -> None:
    # Four lanes, each eight orders of 37.3 ms side by side: about 800 a second.
    assert one("streamed", 700).sustained
    overrun = one("streamed", 900)
    assert not overrun.sustained
    assert overrun.p50_ms == math.inf
    assert overrun.shards == 8
    assert one("streamed, scaled out", 100_000).sustained


def test_quotas_that_do_not_do() -> None:
    assert one("coupled", 999).over_quota == ()
    assert one("coupled", 1001).over_quota == ("writes of a new table",)
    assert "requests to APIs" in one("streamed", 100, clients=100).over_quota
    assert "requests to APIs" not in one("coupled", 100, clients=100).over_quota


def test_samples_are_those_of_the_rows() -> None:
    times = sample(Coupled(10, Assumptions()), 500)
    assert times.shape == (500,)
    assert one("coupled", 10).mean_ms == pytest.approx(float(times.mean()))


def test_more_cold_starts_are_seen_in_the_tail() -> None:
    often = replace(Assumptions(), cold_share=0.02)
    row, usual = (simulate([10], given=given, requests=5000)[0] for given in (often, Assumptions()))
    assert row.design == "coupled"
    assert row.p99_ms > 300 > usual.p99_ms
    assert row.p50_ms == pytest.approx(usual.p50_ms, rel=0.02)


def test_steps_in_the_order_they_happen() -> None:
    steps = [part.step for part in composition(10, requests=20) if part.design == "streamed"]
    assert steps[0] == "websocket_api"
    assert steps.index("put_item") < steps.index("stream_hop") < steps.index("transact")
    assert steps[-1] == "post"


def test_sensitivity_is_ordered_and_goes_both_ways() -> None:
    rows = sensitivity(10, requests=300)
    assert len(rows) == 2 * 2 * 10
    for half, double in zip(rows[::2], rows[1::2], strict=True):
        assert (half.design, half.assumption) == (double.design, double.assumption)
        assert (half.factor, double.factor) == (0.5, 2)
        assert half.p50_ms <= half.base_p50_ms <= double.p50_ms
        assert half.p99_ms <= half.base_p99_ms <= double.p99_ms


def test_what_a_design_does_not_have_does_not_matter_to_it() -> None:
    rows = {(row.design, row.assumption, row.factor): row for row in sensitivity(10, requests=300)}
    assert rows["coupled", "stream_hop", 2].p50_ms == rows["coupled", "stream_hop", 2].base_p50_ms
    assert rows["streamed", "http_api", 2].p50_ms == rows["streamed", "http_api", 2].base_p50_ms
    hop = rows["streamed", "stream_hop", 2]
    assert hop.p50_ms - hop.base_p50_ms == pytest.approx(2 * 213, rel=0.1)


def test_no_answer_is_faster_than_the_fastest_of_all_steps() -> None:
    times = sample(Coupled(10, Assumptions()), 2000)
    assert np.min(times) > 1.9 + 4.1 + 2.8 + 15.8


def test_the_first_requests_are_not_counted() -> None:
    path = Coupled(10, Assumptions())
    drawn = np.sum(list(path.parts(dice(7), 600).values()), axis=0)
    assert sample(path, 500, seed=7).tolist() == pytest.approx(drawn[100:].tolist())
