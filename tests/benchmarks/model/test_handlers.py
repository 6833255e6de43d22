from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model.handlers import PUSH_BATCH, REDUCE_BATCH, Pushing, Reducing
from tests.benchmarks.model.templates import stream_of

SERVICES = st.lists(st.floats(1, 100), min_size=1, max_size=30)


def reducing(*, at_once: int = 2, work_ms: float = 1.0) -> Reducing:
    return Reducing(at_once=at_once, order_ms=10, work_ms=work_ms)


def pushing(clients: int) -> Pushing:
    return Pushing(clients=clients, at_once=4, list_ms=8, post_ms=5, work_ms=1)


@pytest.mark.parametrize(
    ("function", "largest"), [("ReduceFunction", REDUCE_BATCH), ("PushFunction", PUSH_BATCH)]
)
def test_batches_are_as_large_as_the_template_lets_them(function: str, largest: int) -> None:
    assert stream_of(function)["BatchSize"] == largest


def test_orders_of_a_batch_are_reduced_side_by_side() -> None:
    turns, end = reducing().handle([10, 20, 5, 30])
    # The first of two is free after 10, takes the third, and after 15 the fourth.
    assert turns == [0, 1, 10, 15]
    assert end == 45


def test_orders_share_one_processor() -> None:
    turns, _ = reducing(at_once=8, work_ms=3).handle([10, 10, 10])
    assert turns == [0, 3, 6]


def test_an_order_alone() -> None:
    assert reducing().handle([12]) == ([0], 12)
    assert reducing().batch_ms(1) == 10


def test_a_full_batch_keeps_everybody_busy_but_for_its_end() -> None:
    # 100 orders of 10 ms by two: 500 ms, and half an order's time at the end.
    assert reducing().batch_ms(100) == 505


def test_more_work_than_a_processor_does() -> None:
    assert reducing(at_once=100, work_ms=8).batch_ms(100) == 800


def test_the_sender_is_told_first_and_listing_goes_beside_it() -> None:
    turns, end = pushing(1).handle([5, 6])
    assert turns == [0, 5]
    assert end == 11
    assert pushing(1).handle([5]) == ([0], 8)


@pytest.mark.parametrize(("clients", "others_ms"), [(1, 0), (2, 5), (5, 5), (6, 10), (101, 125)])
def test_others_are_told_in_waves_after_that(clients: int, others_ms: float) -> None:
    assert pushing(clients).handle([9]) == ([0], 9 + others_ms)
    assert pushing(clients).batch_ms(2) == 10 + 2 * others_ms


def test_posting_is_work() -> None:
    busy = Pushing(clients=101, at_once=100, list_ms=1, post_ms=5, work_ms=1)
    assert busy.batch_ms(1) == 5 + 100


@given(services=SERVICES, at_once=st.integers(1, 10), clients=st.integers(1, 50))
def test_every_turn_is_within_the_batch(services: list[float], at_once: int, clients: int) -> None:
    for handler in (reducing(at_once=at_once), pushing(clients)):
        turns, end = handler.handle(services)
        assert len(turns) == len(services)
        assert turns[0] == 0
        assert turns == sorted(turns)
        assert all(
            turn + service <= end + 1e-9 for turn, service in zip(turns, services, strict=True)
        )


@given(services=SERVICES, clients=st.integers(1, 500))
def test_more_clients_never_end_sooner(services: list[float], clients: int) -> None:
    assert pushing(clients).handle(services)[1] <= pushing(clients + 1).handle(services)[1]
