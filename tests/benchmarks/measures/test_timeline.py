import time
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures import timeline
from benchmarks.samples import Step
from benchmarks.streamed_local.trace import STEPS
from benchmarks.targets import Call, Operation, UnexpectedAnswer
from benchmarks.targets.coupled import Coupled
from roundtrip.engine import dispatcher
from roundtrip.engine.reducing import reduce_inline


@pytest.mark.engine
def test_a_request_that_takes_other_steps_ends_the_measurement_and_leaves_the_service_as_it_was(
    engine: Engine, table: str
) -> None:
    warm = Coupled(Container(engine, table))

    with pytest.raises(UnexpectedAnswer, match="head read"):
        list(timeline.measure([(warm, True)], number=1))

    assert vars(dispatcher)["reduce_inline"] is reduce_inline


class Echo:
    """A streamed target that answers at once."""

    name = "streamed-4hz"

    def prepare(self, operation: Operation, number: int) -> Call:
        assert operation == "update"
        return Call(send=lambda: number, check=lambda _: None)


class Harness:
    """Has its whole trace only when it is asked again, with steps that end late."""

    def __init__(self, *, missing: str = "", late: tuple[str, ...] = ()) -> None:
        self._missing = missing
        self._late = late
        self._asked = 0

    def trace(self) -> list[tuple[str, float]]:
        self._asked += 1
        began_ms = time.monotonic() * 1000 - 1000
        seen = [
            (step, began_ms + position + (5000 if step in self._late else 0))
            for position, step in enumerate(STEPS)
            if step != self._missing
        ]
        return seen[:-1] if self._asked % 2 else seen


def measure_streamed(harness: Any) -> list[list[Step]]:
    requests: dict[int, list[Step]] = defaultdict(list)
    rows = timeline.measure_streamed(Echo(), harness, number=2, longest_pause_ms=0.01)
    for row in rows:
        assert row.target == "streamed-4hz"
        requests[row.request].append(row)
    assert set(requests) == {0, 1}
    return list(requests.values())


def test_each_streamed_request_has_every_step_in_order() -> None:
    for rows in measure_streamed(Harness()):
        assert [row.position for row in rows] == list(range(len(STEPS) + 1))
        assert [row.step for row in rows] == [*STEPS, "new state at the client"]
        assert all(one.at_ms < next_one.at_ms for one, next_one in pairwise(rows))


def test_a_step_has_ended_when_the_next_one_has() -> None:
    for rows in measure_streamed(Harness(late=("state written", "message sent"))):
        at_ms = {row.step: row.at_ms for row in rows}
        assert at_ms["state written"] == at_ms["orders stream polled"]
        assert at_ms["message sent"] == at_ms["new state at the client"]
        assert at_ms["reducer began"] < at_ms["state written"]


def test_a_streamed_request_without_a_step_ends_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeline, "_PATIENCE_S", 0.05)

    with pytest.raises(UnexpectedAnswer, match="push began"):
        measure_streamed(Harness(missing="push began"))
