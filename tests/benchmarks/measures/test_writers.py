import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.engines import Engine
from benchmarks.measures import writers
from benchmarks.measures.writers import Append, Job, LogBroken, run, verify
from benchmarks.targets import UnexpectedAnswer

LOG = [(2, 11), (3, 12), (4, 21)]
APPENDS = [Append(11, 2, 1), Append(12, 3, 2), Append(21, 4, 1)]
REFUSED = Append(31, None, 24)


@settings(max_examples=20)
@given(st.permutations(range(20)))
def test_any_order_of_writers_passes(order: list[int]) -> None:
    log = [(version, mark) for version, mark in enumerate(order, 2)]

    verify("so-1", log, [Append(mark, version, 1) for version, mark in sorted(log)])


@pytest.mark.parametrize("log", [LOG, [*LOG, (5, 31)]])
def test_a_whole_log_passes_with_or_without_what_was_refused(log: list[tuple[int, int]]) -> None:
    verify("so-1", log, [*APPENDS, REFUSED])


@pytest.mark.parametrize(
    ("log", "what"),
    [
        (LOG[:-1], "append 21"),
        ([(2, 11), (3, 12), (5, 21)], "gapless"),
        ([(2, 11), (3, 12), (3, 21)], "gapless"),
        ([(2, 12), (3, 11), (4, 21)], "append 11"),
        ([*LOG, (5, 21)], "twice"),
        ([*LOG, (5, 31), (6, 31)], "twice"),
        ([*LOG, (5, 99)], "99"),
    ],
)
def test_a_broken_log_is_noticed(log: list[tuple[int, int]], what: str) -> None:
    with pytest.raises(LogBroken, match=what):
        verify("so-1", log, [*APPENDS, REFUSED])


@pytest.mark.engine
def test_a_writer_with_an_unexpected_answer_fails_the_measurement(
    engine: Engine, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(writers._BARRIERS, 1, threading.Barrier(1))
    job = Job("no-such-order", 1, 1)
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(UnexpectedAnswer, match="status 200 or 503"),
    ):
        run(pool, engine, table, [job])


def test_an_unexpected_answer_passes_between_processes() -> None:
    error = UnexpectedAnswer("writer", "update", expected="more", received=1)

    assert str(pickle.loads(pickle.dumps(error))) == "writer, update: expected more; received 1."  # noqa: S301


@pytest.mark.engine
def test_a_writer_that_does_not_start_is_not_waited_for_for_ever(
    engine: Engine, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "_LONGEST_S", 0.01)
    monkeypatch.setitem(writers._BARRIERS, 1, threading.Barrier(2))
    job = Job("so-1", 1, 1)
    with ThreadPoolExecutor(1) as pool, pytest.raises((TimeoutError, threading.BrokenBarrierError)):
        run(pool, engine, table, [job])
