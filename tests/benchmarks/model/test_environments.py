from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.environments import (
    IDLE_LIFE_S,
    LONGEST_LIFE_S,
    cold_share,
    needed,
    on_lambda,
)

BUSY = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("rate", "environments", "share"),
    [
        # A request a day is nearly always cold.
        (1 / 86_400, 1, 1),
        # Ten environments, each replaced after its life, serve a hundred requests a second.
        (100, 10, 10 / (100 * LONGEST_LIFE_S)),
        # Gaps are as long as an idle environment lives, on average.
        (1 / IDLE_LIFE_S, 1, math.exp(-1) + (1 - math.exp(-1)) * IDLE_LIFE_S / LONGEST_LIFE_S),
        # There is an environment, however little it does.
        (100, 0, cold_share(100, 1)),
    ],
)
def test_cold_shares_by_hand(rate: float, environments: float, share: float) -> None:
    assert cold_share(rate, environments) == pytest.approx(share)


@settings(max_examples=50)
@given(rate=st.floats(1e-6, 1e6), environments=BUSY)
def test_a_share_is_between_0_and_1(rate: float, environments: float) -> None:
    assert 0 <= cold_share(rate, environments) <= 1


@pytest.mark.parametrize(("busy", "enough"), [(0, 0), (1, 5), (100, 131)])
def test_enough_environments(busy: float, enough: int) -> None:
    assert needed(busy) == enough


@settings(max_examples=50)
@given(less=BUSY, more=BUSY)
def test_more_work_never_needs_fewer_environments(less: float, more: float) -> None:
    less, more = sorted((less, more))
    assert less <= needed(less) <= needed(more)


def test_a_gigabyte_has_little_more_than_half_a_processor() -> None:
    assert on_lambda(1024) == pytest.approx(1769)
