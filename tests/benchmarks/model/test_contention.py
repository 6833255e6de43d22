from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.contention import TIMEOUT_S, _Chances, _Race, contend
from roundtrip.limits import MAX_ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_more_writers_try_more_often() -> None:
    alone, two, *others = contend([1, 2, 5, 10, 20], requests=400)
    assert alone.attempts == 1
    assert alone.conflict_share == alone.failed_share == 0
    assert alone.p50_ms == pytest.approx(46.08, rel=0.05)
    # The second writer is always refused, mostly once or twice.
    assert 1.5 <= two.attempts < 3
    assert 1 / 3 <= two.conflict_share < 2 / 3
    assert two.failed_share == 0
    rows = [alone, two, *others]
    assert [row.writers for row in rows] == [1, 2, 5, 10, 20]
    for values in ([row.attempts for row in rows], [row.p99_ms for row in rows]):
        assert values == sorted(values)


def test_many_writers_give_up() -> None:
    (crowd,) = contend([100], requests=100)
    assert crowd.failed_share > 0.1
    assert crowd.attempts <= MAX_ATTEMPTS
    assert crowd.p99_ms < 1000 * TIMEOUT_S


def test_shorter_transactions_collide_for_a_shorter_time() -> None:
    short = Assumptions().scaled("transact", 0.3)
    (long,), (brief,) = contend([5], requests=300), contend([5], short, requests=300)
    assert brief.p50_ms < long.p50_ms
    assert brief.appends_per_s > long.appends_per_s


@settings(max_examples=10)
@given(writers=st.integers(1, 30), seed=st.integers(0, 2**31))
def test_shares_are_valid_and_reproducible(writers: int, seed: int) -> None:
    (row,) = contend([writers], requests=20, seed=seed)
    assert [row] == contend([writers], requests=20, seed=seed)
    assert 0 <= row.conflict_share < 1
    assert 0 <= row.failed_share < 1
    assert 1 <= row.attempts <= MAX_ATTEMPTS
    assert 0 < row.p50_ms <= row.p90_ms <= row.p99_ms


@pytest.mark.parametrize(
    ("transactions", "pause", "times_ms", "attempts", "refused"),
    [
        # The first request holds the order from 5 to 25. The second has the version before: it is
        # refused at 15, pauses from 35 to 40, learns the version until 60, and writes at once.
        pytest.param([20] * 4, 0.5, [25, 80], 4, 2, id="two requests"),
        # Refused at 15, 40 and 70, with pauses of 5, 10 and 20; it learns the version at 110, the
        # fourth refusal, with a pause of 40.
        pytest.param([100, *[20] * 5], 0.5, [105, 190], 6, 4, id="pauses double"),
        # Refused until 2015, 4020, 6030 and 8050: the last of these is too late to go on.
        pytest.param([20_000, *[2000] * 9], 0.5, [20_005], 5, 4, id="the time ends"),
        pytest.param(
            [20_000, *[1] * 99], 0, [20_005], 1 + MAX_ATTEMPTS, MAX_ATTEMPTS, id="the last attempt"
        ),
    ],
)
def test_the_course_of_a_race(
    transactions: Sequence[float],
    pause: float,
    times_ms: list[float],
    attempts: int,
    refused: int,
) -> None:
    chances = _Chances(Assumptions(), seed=1)
    chances.gateways = iter([0.0, 10.0])
    chances.invocations = itertools.repeat(0.0)
    chances.reads = itertools.repeat(5.0)
    chances.transactions = iter(transactions)
    chances.work_ms = 0.0
    chances.pause = lambda: pause
    found = _Race(2, chances).run()
    assert found.times_ms == times_ms
    assert found.end_ms == max(times_ms)
    assert (found.attempts, found.refused) == (attempts, refused)
