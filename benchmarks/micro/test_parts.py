"""Times every case."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.micro.cases import Case, cases

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_part(benchmark: BenchmarkFixture, case: Case) -> None:
    benchmark.group = case.suite
    call = case.call
    assert case.right(benchmark(call.func, *call.args, **call.keywords))
