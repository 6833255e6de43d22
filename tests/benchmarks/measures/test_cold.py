from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from benchmarks.measures import cold
from tests.benchmarks.tables import OneTable, one_table

if TYPE_CHECKING:
    from benchmarks.samples import Start

pytestmark = pytest.mark.engine


class Measured(NamedTuple):
    engine: OneTable
    rows: list[Start]


@pytest.fixture(scope="module")
def measured(ministack_endpoint: str) -> Measured:
    engine = one_table(ministack_endpoint)
    return Measured(engine, list(cold.measure(engine, rounds=2)))


def test_both_processes_start_in_every_round(measured: Measured) -> None:
    assert sorted((row.process, row.round, row.phase) for row in measured.rows) == [
        (process, lap, phase)
        for process in ("boto3", "service")
        for lap in (0, 1)
        for phase in ("answer", "init")
    ]


def test_each_makes_an_order_in_the_forgotten_round_too(measured: Measured) -> None:
    assert measured.engine.count("head") == measured.engine.count("commit#") == 6


def test_the_answer_comes_after_the_start(measured: Measured) -> None:
    times = {(row.process, row.round, row.phase): row for row in measured.rows}
    for process in ("service", "boto3"):
        init, answer = times[process, 0, "init"], times[process, 0, "answer"]
        assert 0 < init.cpu_ms < answer.cpu_ms
        assert 0 < init.wall_ms < answer.wall_ms


def test_the_processes_take_turns_in_going_first(measured: Measured) -> None:
    firsts = [row.process for row in measured.rows if row.phase == "init"][::2]
    assert set(firsts) == {"service", "boto3"}
