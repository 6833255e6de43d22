from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model.handlers import Reducing
from benchmarks.model.lanes import PLAIN, Lanes, spread, waits_ms
from tests.benchmarks.model.templates import stream_of

RATES = st.floats(0.01, 1e6)
ONE_BY_ONE = Reducing(at_once=1, order_ms=100, work_ms=0, largest_batch=10)


def lanes(rate_per_s: float, handler: Reducing = ONE_BY_ONE) -> Lanes:
    return Lanes(4, 4, rate_per_s, handler)


def waits(rate_per_s: float, handler: Reducing = ONE_BY_ONE, count: int = 4000) -> list[float]:
    found: list[float] = waits_ms(
        np.random.default_rng(1), lanes(rate_per_s, handler), np.full(count, handler.order_ms)
    ).tolist()
    return found


@pytest.mark.parametrize(
    ("function", "factor"),
    [("ReduceFunction", PLAIN.reduce_lanes), ("PushFunction", PLAIN.push_lanes)],
)
def test_the_plain_design_is_that_of_the_template(function: str, factor: int) -> None:
    assert stream_of(function)["ParallelizationFactor"] == factor


def test_a_new_table_has_four_shards() -> None:
    found = spread(ONE_BY_ONE, 1, rate_per_s=10, units=3, split=False)
    assert (found.shards, found.count, found.rate_per_s) == (4, 4, 2.5)
    assert found.capacity_per_s == 40


def test_dynamodb_splits_a_table_by_its_writes() -> None:
    assert spread(ONE_BY_ONE, 10, rate_per_s=2000, units=3, split=False).count == 60


def test_a_table_is_split_on_purpose_until_lanes_are_comfortable() -> None:
    found = spread(ONE_BY_ONE, 10, rate_per_s=2000, units=3, split=True)
    # 2000 records a second of 100 ms are the work of 200 lanes: of 286 at 70%.
    assert found.shards == 29
    assert found.utilisation == pytest.approx(200 / 290)


def test_a_batch_holds_what_came_since_the_poll_before() -> None:
    assert lanes(1e-6).batch == pytest.approx(1)
    assert lanes(8).batch == pytest.approx(2 / (1 - math.exp(-2)))
    assert lanes(1000).batch == 10


def test_lanes_that_keep_up_work_as_long_as_their_records_take() -> None:
    found = lanes(4)
    assert found.utilisation == pytest.approx(0.4)
    assert found.busy == pytest.approx(4 * 0.4)
    assert found.invocations_per_s * found.batch == pytest.approx(16)


def test_lanes_that_do_not_keep_up_are_always_busy() -> None:
    assert lanes(40).busy == 4
    assert set(waits(10)) == {math.inf}


def test_a_lone_record_does_not_wait() -> None:
    assert max(waits(0.001, count=200)) == 0


def test_records_wait_for_those_before_them() -> None:
    # Of an M/G/1 queue with service 100 ms at half load: the wait is 50 ms; polls add to it.
    mean_ms = float(np.mean(waits(5, count=20_000)))
    assert 50 < mean_ms < 50 + 125


def test_side_by_side_is_faster() -> None:
    eight = Reducing(at_once=8, order_ms=100, work_ms=0, largest_batch=10)
    assert np.mean(waits(8, eight)) < 0.5 * np.mean(waits(8))


@given(rate=st.floats(0.1, 9.9), factor=st.floats(0.1, 1))
def test_shorter_records_never_wait_longer(rate: float, factor: float) -> None:
    shorter = Reducing(at_once=1, order_ms=100 * factor, work_ms=0, largest_batch=10)
    both = zip(waits(rate, shorter, 100), waits(rate, count=100), strict=True)
    assert all(0 <= short <= long + 1e-6 for short, long in both)


@given(less=RATES, more=RATES, split=st.booleans(), units=st.integers(1, 10))
def test_more_records_never_need_fewer_lanes(
    less: float, more: float, split: bool, units: int
) -> None:
    less, more = sorted((less, more))
    few, many = (
        spread(ONE_BY_ONE, 10, rate_per_s=rate, units=units, split=split) for rate in (less, more)
    )
    assert few.shards <= many.shards
    assert few.busy <= many.busy * (1 + 1e-9)
    if split:
        assert many.utilisation <= 0.7 + 1e-9


def test_what_exceeds_a_batch_waits_for_the_next() -> None:
    # So many a second that one poll finds them all, and much longer than expected.
    pairs = Reducing(at_once=8, order_ms=1e-9, work_ms=0, largest_batch=2)
    found = waits_ms(np.random.default_rng(1), lanes(1e9, pairs), np.full(5, 100.0))
    assert found.tolist() == [0, 0, 100, 100, 200]
