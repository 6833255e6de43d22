from __future__ import annotations

import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.measures import latency
from benchmarks.measures.latency import Entrant, measure
from benchmarks.targets import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.targets import Operation


@dataclass
class Clock:
    """A clock that moves only when it is told to."""

    now_ns: int = 0
    slept_s: list[float] = field(default_factory=list)

    def pass_ms(self, elapsed_ms: int) -> None:
        self.now_ns += elapsed_ms * 1_000_000

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_ns += int(seconds * 1e9)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter_ns", lambda: made.now_ns)
    monkeypatch.setattr(time, "sleep", made.sleep)
    return made


@dataclass
class Slow:
    """A target of which all parts take their time."""

    name: str
    clock: Clock
    answer_ms: int
    log: list[tuple[str, Operation, int]]

    def prepare(self, operation: Operation, number: int) -> Call:
        self.clock.pass_ms(1000)

        def send() -> str:
            self.clock.pass_ms(self.answer_ms)
            self.log.append((self.name, operation, number))
            return operation

        def check(answer: Any) -> None:
            self.clock.pass_ms(1000)
            assert answer == operation

        return Call(send, check)


def entrants(clock: Clock, log: list[tuple[str, Operation, int]]) -> list[Entrant]:
    return [
        Entrant(Slow("one", clock, 3, log), ["create", "update"], calls=4),
        Entrant(Slow("two", clock, 5, log), ["update", "read"], calls=4),
        Entrant(Slow("few", clock, 7, log), ["update"], calls=1),
    ]


def test_what_is_timed_is_the_answer_and_nothing_else(clock: Clock) -> None:
    rows = list(measure("e", entrants(clock, []), rounds=2))

    assert {(row.target, row.elapsed_ms) for row in rows} == {("one", 3), ("two", 5), ("few", 7)}
    assert {row.engine for row in rows} == {"e"}


def test_each_round_has_every_call_of_every_operation(clock: Clock) -> None:
    rows = list(measure("e", entrants(clock, []), rounds=3))

    counted = Counter((row.round, row.target, row.operation) for row in rows)
    assert counted == {
        (lap, target, operation): calls
        for lap in range(3)
        for target, operation, calls in (
            ("one", "create", 4),
            ("one", "update", 4),
            ("two", "update", 4),
            ("two", "read", 4),
            ("few", "update", 1),
        )
    }


def test_a_first_round_is_run_and_forgotten(clock: Clock) -> None:
    log: list[tuple[str, Operation, int]] = []

    rows = list(measure("e", entrants(clock, log), rounds=1))

    assert len(log) == 2 * len(rows)


def test_targets_take_turns_at_every_call_in_changing_order(clock: Clock) -> None:
    log: list[tuple[str, Operation, int]] = []
    of_four = entrants(clock, log)[:2]

    list(measure("e", of_four, rounds=4))

    turns = [tuple(call[:2] for call in log[start : start + 4]) for start in range(0, len(log), 4)]
    assert len(turns) == 5 * 4
    assert all(
        set(turn) == {("one", "create"), ("one", "update"), ("two", "update"), ("two", "read")}
        for turn in turns
    )
    assert len(set(turns)) > 5


def test_each_call_of_an_operation_has_a_number_of_its_own(clock: Clock) -> None:
    log: list[tuple[str, Operation, int]] = []

    list(measure("e", entrants(clock, log), rounds=3))

    assert len(set(log)) == len(log)


def test_a_run_can_be_repeated_in_the_same_order(clock: Clock) -> None:
    logs: list[list[tuple[str, Operation, int]]] = [[], []]
    for log in logs:
        list(measure("e", entrants(clock, log), rounds=2))

    assert logs[0] == logs[1]


def test_pauses_are_of_any_length_up_to_the_longest_and_not_timed(clock: Clock) -> None:
    paused = Entrant(Slow("paused", clock, 2, []), ["update"], calls=40, longest_pause_ms=250)

    rows = list(measure("e", [paused], rounds=1))

    assert {row.elapsed_ms for row in rows} == {2}
    assert len(clock.slept_s) == 80
    assert 0 <= min(clock.slept_s) < 0.05
    assert 0.2 < max(clock.slept_s) <= 0.25


def test_nobody_else_pauses(clock: Clock) -> None:
    list(measure("e", entrants(clock, []), rounds=1))

    assert clock.slept_s == []


def test_a_turn_is_in_force_for_its_entrant_only(clock: Clock) -> None:
    log: list[tuple[str, Operation, int]] = []
    polling: list[bool] = [False]

    @contextlib.contextmanager
    def turn() -> Iterator[None]:
        polling[0] = True
        yield
        polling[0] = False

    class Watched(Slow):
        def prepare(self, operation: Operation, number: int) -> Call:
            assert polling[0] == (self.name == "polled")
            return super().prepare(operation, number)

    polled = Entrant(Watched("polled", clock, 1, log), ["update"], calls=2, turn=turn)
    plain = Entrant(Watched("plain", clock, 1, log), ["update"], calls=2)

    rows = list(measure("e", [polled, plain], rounds=2))

    assert len(rows) == 8
    assert polling == [False]


def test_a_wrong_answer_ends_the_measurement(clock: Clock) -> None:
    class Wrong(Slow):
        def prepare(self, operation: Operation, number: int) -> Call:
            return Call(lambda: "nothing", super().prepare(operation, number).check)

    wrong = Entrant(Wrong("wrong", clock, 1, []), ["update"], calls=1)

    with pytest.raises(AssertionError):
        list(latency.measure("e", [wrong], rounds=1))
