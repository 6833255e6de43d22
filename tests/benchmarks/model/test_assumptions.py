from __future__ import annotations

import pytest

from benchmarks.model.assumptions import Assumptions, Unmeasured, Work, from_measurements
from benchmarks.model.data import CONSTANTS, Constant
from benchmarks.samples import Latency


def update(target: str, *elapsed_ms: float, engine: str = "dynamodb-local") -> list[Latency]:
    return [Latency(engine, 0, target, "update", each) for each in elapsed_ms]


FLOOR = update("floor-own-transact", 4, 5, 60)
COUPLED = update("coupled-warm", 5, 7, 80)
OTHERS = [
    *update("coupled-warm", 500, engine="ministack"),
    *update("coupled-http", 500),
    *update("floor-transact", 500),
    Latency("dynamodb-local", 0, "coupled-warm", "create", 500),
]


def test_measurements_replace_assumptions() -> None:
    given = from_measurements([*FLOOR, *COUPLED, *OTHERS])
    # Medians of 7 and 5: the handler adds 2 ms.
    assert given.work == Work(coupled_ms=2, ingest_ms=1, reduce_ms=2, post_ms=1)
    assert given.steps == Assumptions().steps


def test_a_floor_slower_than_the_handler_is_noise() -> None:
    slow = update("floor-own-transact", 9, 9, 9)
    assert from_measurements([*slow, *COUPLED]).work == Work(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("latencies", "missing"), [(COUPLED, "floor-own-transact"), (FLOOR, "coupled-warm")]
)
def test_a_missing_target_is_an_error(latencies: list[Latency], missing: str) -> None:
    with pytest.raises(Unmeasured, match=f"{missing}.*Measure latencies first"):
        from_measurements(latencies)


def test_work_and_steps_are_scaled_by_name() -> None:
    given = Assumptions(work=Work(1, 2, 3, 4))
    assert given.scaled("work", 2).work == Work(2, 4, 6, 8)
    assert given.scaled("post", 2).steps.post == given.steps.post.scaled(2)


@pytest.mark.parametrize("one", CONSTANTS.values(), ids=CONSTANTS)
def test_every_constant_has_a_source_or_a_reason(one: Constant) -> None:
    assert one.says.endswith(".")
    assert one.value >= 0
    assert bool(one.url) == bool(one.seen)
    assert one.basis != "documented" or "aws.amazon.com/" in one.url
