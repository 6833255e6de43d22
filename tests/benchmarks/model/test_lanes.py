from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.lanes import Lanes, Pushing, Reducing, spread, waits_ms

RATES = st.floats(0.01, 1e6)
SERVICES = st.lists(st.floats(1, 100), min_size=1, max_size=30)
ONE_BY_ONE = Reducing(at_once=1, order_ms=100, work_ms=0, largest_batch=10)
PAIRS = Reducing(at_once=2, order_ms=10, work_ms=1)


def pushing(clients: int) -> Pushing:
    return Pushing(clients=clients, at_once=4, list_ms=8, post_ms=5, work_ms=1)


def lanes(rate_per_s: float, handler: Reducing = ONE_BY_ONE) -> Lanes:
    return Lanes(4, 4, rate_per_s, handler)


def waits(rate_per_s: float, handler: Reducing = ONE_BY_ONE, count: int = 4000) -> list[float]:
    found: list[float] = waits_ms(
        np.random.default_rng(1), lanes(rate_per_s, handler), np.full(count, handler.order_ms)
    ).tolist()
    return found


@pytest.mark.parametrize(
    ("reducing", "services", "turns", "end"),
    [
        # The first of two places is free after 10, takes the third order, and after 15 the fourth.
        (PAIRS, [10, 20, 5, 30], [0, 1, 10, 15], 45),
        # All orders share one processor.
        (replace(PAIRS, at_once=8, work_ms=3), [10, 10, 10], [0, 3, 6], 16),
        (PAIRS, [12], [0], 12),
    ],
    ids=["places", "one processor", "one order"],
)
def test_orders_of_a_batch_are_reduced_concurrently(
    reducing: Reducing, services: list[float], turns: list[float], end: float
) -> None:
    assert reducing.handle(services) == (turns, end)


@pytest.mark.parametrize(
    ("handler", "records", "batch_ms"),
    [
        (PAIRS, 1, 10),
        # 100 orders of 10 ms in two places: 500 ms, and half an order's time at the end.
        (PAIRS, 100, 505),
        # More work than the processor does in time.
        (replace(PAIRS, at_once=100, work_ms=8), 100, 800),
        (replace(pushing(101), at_once=100, list_ms=1), 1, 5 + 100),
    ],
)
def test_the_mean_time_of_a_batch(
    handler: Reducing | Pushing, records: int, batch_ms: float
) -> None:
    assert handler.batch_ms(records) == batch_ms


@pytest.mark.parametrize(("clients", "others_ms"), [(1, 0), (2, 5), (5, 5), (6, 10), (101, 125)])
def test_the_push_tells_the_sender_first_and_then_the_others_in_waves(
    clients: int, others_ms: float
) -> None:
    # It lists the connections, for 8 ms, while it tells the sender.
    assert pushing(clients).handle([5]) == ([0], 8 + others_ms)
    assert pushing(clients).handle([5, 6]) == ([0, 5], 11 + 2 * others_ms)
    assert pushing(clients).batch_ms(2) == 10 + 2 * others_ms


@settings(max_examples=40)
@given(services=SERVICES, at_once=st.integers(1, 10), clients=st.integers(1, 500))
def test_every_turn_is_within_the_batch(services: list[float], at_once: int, clients: int) -> None:
    for handler in (replace(PAIRS, at_once=at_once), pushing(clients)):
        turns, end = handler.handle(services)
        assert turns[0] == 0
        assert turns == sorted(turns)
        assert all(
            turn + service <= end + 1e-9 for turn, service in zip(turns, services, strict=True)
        )
    assert pushing(clients).handle(services)[1] <= pushing(clients + 1).handle(services)[1]


@pytest.mark.parametrize(
    ("lanes_a_shard", "rate", "split", "shards"),
    [
        # A new table has four shards; DynamoDB splits it by its writes.
        (1, 10, False, 4),
        (10, 2000, False, 6),
        # 2000 records a second of 100 ms are the work of 200 lanes: of 286 at 70%.
        (10, 2000, True, 29),
    ],
)
def test_shards_of_a_table(lanes_a_shard: int, rate: float, split: bool, shards: int) -> None:
    found = spread(ONE_BY_ONE, lanes_a_shard, rate_per_s=rate, units=3, split=split)
    assert (found.shards, found.count) == (shards, shards * lanes_a_shard)
    assert found.rate_per_s == rate / found.count
    assert found.capacity_per_s == 10 * found.count
    assert found.utilisation == pytest.approx(rate / found.capacity_per_s)


def test_a_batch_holds_the_records_since_the_last_poll() -> None:
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
    assert set(waits(10, count=10)) == {math.inf}


def test_records_wait_for_those_before_them() -> None:
    # In an M/G/1 queue with service 100 ms at half load the wait is 50 ms; polls add to it.
    mean_ms = float(np.mean(waits(5, count=20_000)))
    assert 50 < mean_ms < 50 + 125
    assert max(waits(0.001, count=200)) == 0
    # Concurrent orders wait less.
    assert np.mean(waits(8, replace(ONE_BY_ONE, at_once=8))) < 0.5 * np.mean(waits(8))


@settings(max_examples=25)
@given(rate=st.floats(0.1, 9.9), factor=st.floats(0.1, 1))
def test_shorter_records_never_wait_longer(rate: float, factor: float) -> None:
    shorter = replace(ONE_BY_ONE, order_ms=100 * factor)
    both = zip(waits(rate, shorter, 100), waits(rate, count=100), strict=True)
    assert all(0 <= short <= long + 1e-6 for short, long in both)


@settings(max_examples=50)
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


def test_records_beyond_a_batch_wait_for_the_next() -> None:
    # The rate is so high that one poll finds all; the records take much longer than expected.
    pairs = Reducing(at_once=8, order_ms=1e-9, work_ms=0, largest_batch=2)
    found = waits_ms(np.random.default_rng(1), lanes(1e9, pairs), np.full(5, 100.0))
    assert found.tolist() == [0, 0, 100, 100, 200]
