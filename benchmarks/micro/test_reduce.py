"""Reducing one action and many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.micro.subjects import NAMES, SUBJECTS
from roundtrip.redux import reduce_batch

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.micro.subjects import Subject


@pytest.mark.benchmark(group="reduce")
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
@pytest.mark.parametrize("number", [1, 100], ids=["1 action", "100 actions"])
def test_reduce_batch(benchmark: BenchmarkFixture, subject: Subject, number: int) -> None:
    actions = subject.actions(number)
    batch = benchmark(reduce_batch, subject.store.reducer, subject.state_text, actions)
    assert len(batch.applied_texts) == number
