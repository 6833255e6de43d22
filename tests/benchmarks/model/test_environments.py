from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model.environments import IDLE_LIFE_S, LONGEST_LIFE_S, cold_share, needed

RATES = st.floats(1e-6, 1e6)
BUSY = st.floats(0, 1e6)


def test_a_request_a_day_is_always_cold() -> None:
    assert cold_share(1 / 86_400, 1) == pytest.approx(1, abs=0.01)


def test_a_steady_rate_meets_new_environments_as_old_ones_end() -> None:
    # Ten environments, each replaced after its life, among a hundred requests a second.
    assert cold_share(100, 10) == pytest.approx(10 / (100 * LONGEST_LIFE_S))


def test_gaps_longer_than_an_idle_life() -> None:
    assert cold_share(1 / IDLE_LIFE_S, 1) == pytest.approx(
        math.exp(-1) + (1 - math.exp(-1)) * IDLE_LIFE_S / LONGEST_LIFE_S
    )


@given(rate=RATES, environments=BUSY)
def test_a_share_is_a_share(rate: float, environments: float) -> None:
    assert 0 <= cold_share(rate, environments) <= 1


@pytest.mark.parametrize(("busy", "enough"), [(0, 0), (1, 5), (100, 131)])
def test_enough_environments(busy: float, enough: int) -> None:
    assert needed(busy) == enough


@given(less=BUSY, more=BUSY)
def test_more_work_never_needs_less(less: float, more: float) -> None:
    less, more = sorted((less, more))
    assert less <= needed(less) <= needed(more)


def test_there_is_an_environment_however_little_it_does() -> None:
    assert cold_share(100, 0) == cold_share(100, 1)
