from __future__ import annotations

import pytest

from benchmarks.model.assumptions import Assumptions, from_measurements
from benchmarks.model.footprint import WRITES_CASE, footprint
from benchmarks.model.work import Unmeasured, Work
from benchmarks.samples import Latency, Units


def test_measurements_take_the_place_of_what_was_supposed() -> None:
    given = from_measurements(
        [
            Latency("dynamodb-local", 0, "coupled-warm", "update", 7),
            Latency("dynamodb-local", 0, "floor-transact", "update", 4),
        ],
        iter([Units("coupled", WRITES_CASE, 1, "write", "items", 6)]),
    )
    assert given.work == Work(3, 1.5, 3, 1.5)
    assert given.footprint("coupled").write_units == 6
    assert given.footprint("streamed") == footprint("streamed")
    assert given.steps == Assumptions().steps


def test_nothing_was_measured() -> None:
    with pytest.raises(Unmeasured):
        from_measurements([], [])


def test_work_and_steps_are_scaled_by_name() -> None:
    given = Assumptions()
    assert given.scaled("work", 2).work == given.work.scaled(2)
    assert given.scaled("post", 2).steps.post == given.steps.post.scaled(2)


def test_they_can_be_a_key() -> None:
    assert {Assumptions(): 1}[Assumptions()] == 1
