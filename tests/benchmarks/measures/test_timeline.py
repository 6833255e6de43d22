from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures import timeline
from benchmarks.streamed_local.trace import STEPS
from benchmarks.targets import Call, UnexpectedAnswer
from benchmarks.targets.coupled import ColdCache, Warm
from roundtrip.engine import dispatcher
from roundtrip.redux.batch import reduce_batch

if TYPE_CHECKING:
    from benchmarks.samples import Step
    from benchmarks.streamed_local.harness import Streamed
    from benchmarks.targets import Operation, Target


def by_request(rows: list[Step]) -> dict[tuple[str, int], list[Step]]:
    found: dict[tuple[str, int], list[Step]] = {}
    for row in rows:
        found.setdefault((row.target, row.request), []).append(row)
    return found


@pytest.fixture(scope="module")
def targets(ministack_endpoint: str) -> list[tuple[Target, bool]]:
    engine = Engine("ministack", ministack_endpoint)
    table = engine.table()
    warm, cold, maker = (Container(engine, table) for _ in range(3))
    return [(Warm(warm), False), (ColdCache(cold, maker), True)]


@pytest.mark.engine
def test_each_request_has_every_step_in_order(targets: list[tuple[Target, bool]]) -> None:
    requests = by_request(list(timeline.measure(targets, number=2)))

    assert set(requests) == {
        (target.name, request) for target, _ in targets for request in range(2)
    }
    for (target, _), rows in requests.items():
        assert [row.position for row in rows] == list(range(7))
        assert [row.step for row in rows] == timeline.steps_of(cold="cold" in target)
        assert rows[0].at_ms > 0
        assert all(one.at_ms <= next_one.at_ms for one, next_one in pairwise(rows))


@pytest.mark.engine
def test_only_a_cold_cache_is_seen_to_read(targets: list[tuple[Target, bool]]) -> None:
    rows = list(timeline.measure(targets, number=1))

    readers = {row.target for row in rows if row.step == "head read (GetItem)"}
    assert readers == {"coupled-cold-cache"}


@pytest.mark.engine
def test_a_request_that_takes_other_steps_ends_the_measurement(
    targets: list[tuple[Target, bool]],
) -> None:
    (warm, _), _ = targets

    with pytest.raises(UnexpectedAnswer, match="head read"):
        list(timeline.measure([(warm, True)], number=1))


@pytest.mark.engine
def test_the_service_is_left_as_it_was(targets: list[tuple[Target, bool]]) -> None:
    list(timeline.measure(targets, number=1))

    assert vars(dispatcher)["reduce_batch"] is reduce_batch


class Echo:
    """A streamed target that answers at once."""

    name = "streamed-4hz"

    def prepare(self, operation: Operation, number: int) -> Call:
        assert operation == "update"
        return Call(send=lambda: number, check=lambda _: None)


class Harness:
    """Was asked for its trace before all of it was there, and saw steps end late."""

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


def measure_streamed(harness: Any) -> dict[tuple[str, int], list[Step]]:
    rows = timeline.measure_streamed(
        Echo(), cast("Streamed", harness), number=2, longest_pause_ms=0.01
    )
    return by_request(list(rows))


def test_each_streamed_request_has_every_step_in_order() -> None:
    requests = measure_streamed(Harness())

    assert set(requests) == {("streamed-4hz", 0), ("streamed-4hz", 1)}
    for rows in requests.values():
        assert [row.position for row in rows] == list(range(len(STEPS) + 1))
        assert [row.step for row in rows] == [*STEPS, "new state at the client"]
        assert all(one.at_ms < next_one.at_ms for one, next_one in pairwise(rows))


def test_a_step_has_ended_when_the_one_behind_it_has() -> None:
    requests = measure_streamed(Harness(late=("state written", "message sent")))

    for rows in requests.values():
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
