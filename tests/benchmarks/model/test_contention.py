from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.contention import (
    CONFLICTS_WITHOUT_PAUSE,
    TIMEOUT_S,
    _Chances,
    _Race,
    contend,
)
from roundtrip.engine import dispatcher
from roundtrip.limits import MAX_ATTEMPTS
from tests.benchmarks.model.templates import resources

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_the_service_is_as_patient() -> None:
    assert dispatcher._CONFLICTS_WITHOUT_PAUSE == CONFLICTS_WITHOUT_PAUSE
    assert resources("coupled")["Function"]["Properties"]["Timeout"] == TIMEOUT_S


def test_a_writer_alone_has_no_rivals() -> None:
    (alone,) = contend([1], requests=500)
    assert alone.attempts == 1
    assert alone.conflict_share == alone.failed_share == 0
    assert alone.p50_ms == pytest.approx(46.08, rel=0.05)


def test_two_writers_lose_once() -> None:
    # Whoever is second is refused for sure, and mostly once or twice.
    (two,) = contend([2], requests=1000)
    assert 1.5 <= two.attempts < 3
    assert 1 / 3 <= two.conflict_share < 2 / 3
    assert two.failed_share == 0


def test_more_writers_try_more_often() -> None:
    rows = contend([1, 2, 5, 10, 20], requests=400)
    attempts = [row.attempts for row in rows]
    assert attempts == sorted(attempts)
    assert [row.writers for row in rows] == [1, 2, 5, 10, 20]
    times = [row.p99_ms for row in rows]
    assert times == sorted(times)


def test_the_crowd_gives_up() -> None:
    (crowd,) = contend([100], requests=100)
    assert crowd.failed_share > 0.1
    assert crowd.attempts <= MAX_ATTEMPTS
    assert crowd.p99_ms < 1000 * TIMEOUT_S


def test_shorter_transactions_collide_for_a_shorter_time() -> None:
    short = Assumptions().scaled("transact", 0.3)
    (long,), (brief,) = contend([5], requests=500), contend([5], short, requests=500)
    assert brief.p50_ms < long.p50_ms
    assert brief.appends_per_s > long.appends_per_s


@settings(max_examples=20)
@given(writers=st.integers(1, 30), seed=st.integers(0, 2**31))
def test_shares_are_shares_and_reproducible(writers: int, seed: int) -> None:
    (row,) = contend([writers], requests=20, seed=seed)
    assert [row] == contend([writers], requests=20, seed=seed)
    assert 0 <= row.conflict_share < 1
    assert 0 <= row.failed_share < 1
    assert 1 <= row.attempts <= MAX_ATTEMPTS
    assert 0 < row.p50_ms <= row.p90_ms <= row.p99_ms


def race(*, gateways: Sequence[float], transactions: Sequence[float], pause: float) -> _Race:
    chances = _Chances(Assumptions(), seed=1)
    chances.gateways = iter(gateways)
    chances.invocations = itertools.repeat(0.0)
    chances.reads = itertools.repeat(5.0)
    chances.transactions = iter(transactions)
    chances.work_ms = 0.0
    chances.pause = lambda: pause
    return _Race(len(gateways), chances).run()


def test_the_course_of_a_race() -> None:
    found = race(gateways=[0, 10], transactions=[20] * 4, pause=0.5)
    # The first holds the order from 5 to 25. The second, with the version before, is refused at 15,
    # pauses from 35 to 40, is told the version until 60, and writes at once.
    assert found.times_ms == [25, 80]
    assert (found.attempts, found.refused, found.end_ms) == (4, 2, 80)


def test_pauses_double() -> None:
    found = race(gateways=[0, 10], transactions=[100, *[20] * 5], pause=0.5)
    # Refused at 15, 40 and 70, with pauses of 5, 10 and 20; told the version at 110, which is the
    # fourth refusal, and so with a pause of 40.
    assert found.times_ms == [105, 190]


def test_a_request_gives_up_at_the_end_of_its_time() -> None:
    found = race(gateways=[0, 10], transactions=[20_000, *[2000] * 9], pause=0.5)
    # Refused until 2015, 4020, 6030 and 8050: the last of these is too late to go on.
    assert found.times_ms == [20_005]
    assert (found.attempts, found.refused) == (5, 4)


def test_a_request_gives_up_after_its_last_attempt() -> None:
    found = race(gateways=[0, 10], transactions=[20_000, *[1] * 99], pause=0)
    assert (found.attempts, found.refused) == (1 + MAX_ATTEMPTS, MAX_ATTEMPTS)
