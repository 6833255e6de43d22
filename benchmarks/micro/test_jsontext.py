"""The JSON codec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.micro.subjects import NAMES, SUBJECTS
from roundtrip.redux import jsontext

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.micro.subjects import Subject

pytestmark = [
    pytest.mark.benchmark(group="jsontext"),
    pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES),
]


def test_encode(benchmark: BenchmarkFixture, subject: Subject) -> None:
    state = jsontext.decode(subject.state_text)
    assert benchmark(jsontext.encode, state) == subject.state_text


def test_exact(benchmark: BenchmarkFixture, subject: Subject) -> None:
    state = jsontext.decode(subject.state_text)
    assert benchmark(jsontext.exact, state) == (subject.state_text, state)


def test_decode_strict(benchmark: BenchmarkFixture, subject: Subject) -> None:
    state = benchmark(jsontext.decode_strict, subject.state_text, where="body")
    assert jsontext.encode(state) == subject.state_text
