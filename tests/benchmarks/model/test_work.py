from __future__ import annotations

import pytest

from benchmarks.model.work import Unmeasured, Work, measured, on_lambda
from benchmarks.samples import Latency


def update(target: str, elapsed_ms: float, engine: str = "dynamodb-local") -> Latency:
    return Latency(engine, 0, target, "update", elapsed_ms)


FLOOR = [update("floor-transact", elapsed_ms) for elapsed_ms in (4, 5, 60)]
COUPLED = [update("coupled-warm", elapsed_ms) for elapsed_ms in (5, 7, 80)]


def test_work_is_what_the_handler_adds_to_the_floor() -> None:
    others = [
        update("coupled-warm", 500, "ministack"),
        Latency("dynamodb-local", 0, "coupled-warm", "create", 500),
        update("coupled-http", 500),
    ]
    assert measured([*FLOOR, *COUPLED, *others]) == Work(
        coupled_ms=2, ingest_ms=1, reduce_ms=2, post_ms=1
    )


def test_a_slower_floor_is_noise() -> None:
    swapped = [*(update("floor-transact", 9) for _ in range(3)), *COUPLED]
    assert measured(swapped) == Work(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("latencies", "missing"), [(COUPLED, "floor-transact"), (FLOOR, "coupled-warm")]
)
def test_a_missing_target(latencies: list[Latency], missing: str) -> None:
    with pytest.raises(Unmeasured, match=f"{missing}.*Measure latencies first") as raised:
        measured(latencies)
    assert raised.value.target == missing


def test_a_gigabyte_has_little_more_than_half_a_processor() -> None:
    assert on_lambda(1024) == pytest.approx(1769)


def test_all_work_is_scaled() -> None:
    assert Work(1, 2, 3, 4).scaled(2) == Work(2, 4, 6, 8)
