import multiprocessing
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.engines import Engine
from benchmarks.measures import writers
from benchmarks.measures.writers import Append, Job, LogBroken, WriterFailed, verify
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


def test_a_writer_that_ended_and_one_that_does_not_answer_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writers, "_LONGEST_S", 0.01)
    mine, theirs = multiprocessing.Pipe()
    with mine:
        with pytest.raises(WriterFailed, match="did not answer"):
            writers._receive(mine)
        theirs.close()
        with pytest.raises(WriterFailed, match="ended"):
            writers._receive(mine)


@pytest.mark.engine
def test_a_writer_with_an_unexpected_answer_fails_the_measurement(
    engine: Engine, table: str
) -> None:
    mine, theirs = multiprocessing.Pipe()
    writer = threading.Thread(target=writers.write, args=(engine, table, theirs))
    writer.start()
    with mine:
        writers._receive(mine)
        with pytest.raises(UnexpectedAnswer, match="status 200 or 503"):
            writers._run([mine], [Job("no-such-order", 1, 1)])
    writer.join()
