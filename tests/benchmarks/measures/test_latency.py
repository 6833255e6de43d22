import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.measures.latency import Entrant, measure
from benchmarks.targets import Call, Operation


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


Log = list[tuple[str, Operation, int]]


@dataclass
class Slow:
    """A target whose parts all take time."""

    name: str
    clock: Clock
    answer_ms: int
    log: Log = field(default_factory=list)

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


def entrants(clock: Clock, log: Log) -> list[Entrant]:
    return [
        Entrant(Slow("one", clock, 3, log), ["create", "update"], calls=4),
        Entrant(Slow("two", clock, 5, log), ["update", "read"], calls=4),
        Entrant(Slow("few", clock, 7, log), ["update"], calls=1),
    ]


def test_each_round_has_every_call_and_only_the_answer_is_timed(clock: Clock) -> None:
    log: Log = []

    rows = list(measure("e", entrants(clock, log), rounds=3))

    assert {(row.target, row.elapsed_ms) for row in rows} == {("one", 3), ("two", 5), ("few", 7)}
    assert {row.engine for row in rows} == {"e"}
    assert Counter((row.round, row.target, row.operation) for row in rows) == {
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
    # A first round is run and not kept; each call of an operation has another number.
    assert len(log) == 4 / 3 * len(rows)
    assert len(set(log)) == len(log)
    assert clock.slept_s == []


def test_targets_take_turns_at_every_call_in_changing_order(clock: Clock) -> None:
    log: Log = []

    list(measure("e", entrants(clock, log)[:2], rounds=4))

    turns = [tuple(call[:2] for call in log[start : start + 4]) for start in range(0, len(log), 4)]
    everything = {("one", "create"), ("one", "update"), ("two", "update"), ("two", "read")}
    assert len(turns) == 5 * 4
    assert all(set(turn) == everything for turn in turns)
    assert len(set(turns)) > 5


def test_a_run_can_be_repeated_in_the_same_order(clock: Clock) -> None:
    logs: list[Log] = [[], []]
    for log in logs:
        list(measure("e", entrants(clock, log), rounds=2))

    assert logs[0] == logs[1]


def test_pauses_are_of_any_length_up_to_the_longest_and_not_timed(clock: Clock) -> None:
    paused = Entrant(Slow("paused", clock, 2), ["update"], calls=40, longest_pause_ms=250)

    rows = list(measure("e", [paused], rounds=1))

    assert {row.elapsed_ms for row in rows} == {2}
    assert len(clock.slept_s) == 80
    assert 0 <= min(clock.slept_s) < 0.05
    assert 0.2 < max(clock.slept_s) <= 0.25


def test_a_turn_is_entered_for_its_entrant_alone_in_the_second_part_of_a_round(
    clock: Clock,
) -> None:
    log: Log = []
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

    polled = Watched("polled", clock, 1, log)
    plain = Entrant(Watched("plain", clock, 1, log), ["update"], calls=2)

    apart = Entrant(polled, ["update"], calls=2, turn=turn, apart=True)
    rows = list(measure("e", [apart, plain], rounds=2))

    assert [row.target for row in rows] == ["plain", "plain", "polled", "polled"] * 2
    assert polling == [False]


def test_a_wrong_answer_ends_the_measurement(clock: Clock) -> None:
    class Wrong(Slow):
        def prepare(self, operation: Operation, number: int) -> Call:
            return Call(lambda: "nothing", super().prepare(operation, number).check)

    with pytest.raises(AssertionError):
        list(measure("e", [Entrant(Wrong("wrong", clock, 1), ["update"], calls=1)], rounds=1))
