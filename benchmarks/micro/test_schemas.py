"""Checking the body of a dispatch: envelopes and payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.micro.subjects import SMALL
from benchmarks.orders import CREATED
from roundtrip.api.schemas import Schemas
from streamed.orders import ORDERS

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

SCHEMAS = Schemas([ORDERS])


@pytest.mark.benchmark(group="schemas")
@pytest.mark.parametrize(
    ("document", "number"),
    [(CREATED, 1), (SMALL.document, 1), ([SMALL.document] * 100, 100)],
    ids=["a creation", "a change", "100 changes"],
)
def test_actions(benchmark: BenchmarkFixture, document: Any, number: int) -> None:
    assert len(benchmark(SCHEMAS.actions, ORDERS, document)) == number
