from __future__ import annotations

import multiprocessing
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.engines import Engine
from benchmarks.measures import writers
from benchmarks.measures.writers import LogBroken, WriterFailed, verify
from benchmarks.writer import Append, Failed, Job

if TYPE_CHECKING:
    from benchmarks.samples import Growth


@pytest.fixture(scope="module")
def rows(ministack_endpoint: str) -> list[Growth]:
    engine = Engine("ministack", ministack_endpoint)
    return list(writers.measure(engine, rounds=2, appends=24, numbers=(1, 3)))


def values(rows: list[Growth], metric: str) -> dict[tuple[str, int, int], list[float]]:
    found: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    for row in rows:
        assert row.target == "coupled-warm"
        if row.metric == metric:
            found[row.subject, row.size, row.round].append(row.value)
    return dict(found)


RUNS = {
    (subject, number, lap)
    for subject in ("writers", "writers-apart")
    for number in (1, 3)
    for lap in range(2)
}


@pytest.mark.engine
def test_every_append_is_acknowledged_or_refused(rows: list[Growth]) -> None:
    attempts, refused = values(rows, "attempts"), values(rows, "refused")

    assert set(refused) == RUNS
    assert {run: len(attempts.get(run, [])) + refused[run][0] for run in RUNS} == dict.fromkeys(
        RUNS, 24
    )


@pytest.mark.engine
def test_whoever_writes_alone_needs_one_transaction(rows: list[Growth]) -> None:
    attempts = values(rows, "attempts")

    for subject, number, lap in RUNS:
        if subject == "writers-apart" or number == 1:
            assert set(attempts[subject, number, lap]) == {1}


@pytest.mark.engine
def test_writers_on_one_stream_stand_in_each_others_way(rows: list[Growth]) -> None:
    attempts = values(rows, "attempts")

    assert all(value >= 1 for values in attempts.values() for value in values)
    assert any(
        value > 1
        for (subject, number, _), values in attempts.items()
        for value in values
        if (subject, number) == ("writers", 3)
    )


@pytest.mark.engine
def test_each_run_has_one_throughput(rows: list[Growth]) -> None:
    throughput = values(rows, "appends_per_s")

    assert set(throughput) == RUNS
    assert all(len(each) == 1 and each[0] > 0 for each in throughput.values())


LOG = [(2, 11), (3, 12), (4, 21)]
APPENDS = [Append(11, 2, 1), Append(12, 3, 2), Append(21, 4, 1)]


def test_a_whole_log_passes() -> None:
    verify("so-1", LOG, APPENDS)


@given(st.permutations(range(20)))
def test_any_order_of_writers_passes(order: list[int]) -> None:
    log = [(version, mark) for version, mark in enumerate(order, 2)]

    verify("so-1", log, [Append(mark, version, 1) for version, mark in sorted(log)])


@pytest.mark.parametrize(
    ("log", "what"),
    [
        (LOG[:-1], "append 21"),
        ([(2, 11), (3, 12), (5, 21)], "gapless"),
        ([(2, 11), (3, 12), (3, 21)], "gapless"),
        ([(2, 12), (3, 11), (4, 21)], "append 11"),
        ([*LOG, (5, 21)], "twice"),
        ([*LOG, (5, 99)], "99"),
    ],
)
def test_a_broken_log_is_noticed(log: list[tuple[int, int]], what: str) -> None:
    with pytest.raises(LogBroken, match=what):
        verify("so-1", log, APPENDS)


@pytest.mark.parametrize("written", [False, True])
def test_what_was_refused_may_be_written_or_not(written: bool) -> None:
    log = [*LOG, (5, 31)] if written else LOG

    verify("so-1", log, [*APPENDS, Append(31, None, 24)])


def test_what_was_refused_is_not_written_twice() -> None:
    with pytest.raises(LogBroken, match="twice"):
        verify("so-1", [*LOG, (5, 31), (6, 31)], [*APPENDS, Append(31, None, 24)])


def test_a_writer_that_ended_is_noticed() -> None:
    mine, theirs = multiprocessing.Pipe()
    theirs.close()

    with mine, pytest.raises(WriterFailed, match="ended"):
        writers._receive(mine)


def test_a_writer_that_failed_says_why() -> None:
    mine, theirs = multiprocessing.Pipe()
    with mine, theirs:
        theirs.send(Failed("KeyError: 'no'"))

        with pytest.raises(WriterFailed, match="KeyError"):
            writers._receive(mine)


def test_a_writer_that_says_nothing_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writers, "_LONGEST_S", 0.01)
    mine, theirs = multiprocessing.Pipe()

    with mine, theirs, pytest.raises(WriterFailed, match="nothing"):
        writers._receive(mine)


@pytest.mark.engine
def test_a_writer_that_cannot_work_fails_the_measurement(ministack_endpoint: str) -> None:
    engine = Engine("ministack", ministack_endpoint)

    with (
        writers._writers(engine, engine.table(), 1) as (pipe,),
        pytest.raises(WriterFailed, match="UnexpectedAnswer"),
    ):
        writers._run([pipe], [Job("no-such-order", 1, 1)])
