"""Building the transaction, and what compression takes and gives at each level."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from benchmarks.micro.subjects import LARGE, NAMES, SMALL, SUBJECTS, TABLE
from roundtrip.storage import items, requests

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.micro.subjects import Subject


@pytest.mark.benchmark(group="transaction")
@pytest.mark.parametrize("subject", SUBJECTS, ids=NAMES)
def test_transact_append(benchmark: BenchmarkFixture, subject: Subject) -> None:
    append = subject.append(keyed=False)
    request = benchmark(requests.transact_append, TABLE, append)
    assert len(request["TransactItems"]) == len(items.append_items(append))


@pytest.mark.benchmark(group="transaction")
def test_transact_append_with_a_key(benchmark: BenchmarkFixture) -> None:
    append = SMALL.append(keyed=True)
    request = benchmark(requests.transact_append, TABLE, append)
    assert len(request["TransactItems"]) == len(items.append_items(append))


@pytest.mark.benchmark(group="compression")
@pytest.mark.parametrize("level", [1, 3, 6], ids="level {}".format)
def test_compress(benchmark: BenchmarkFixture, level: int) -> None:
    plain = LARGE.state_text.encode()
    packed = benchmark(zlib.compress, plain, level)
    benchmark.extra_info.update(plain_bytes=len(plain), packed_bytes=len(packed))
    assert len(packed) < len(plain)


@pytest.mark.benchmark(group="compression")
def test_decompress(benchmark: BenchmarkFixture) -> None:
    plain = LARGE.state_text.encode()
    assert benchmark(zlib.decompress, zlib.compress(plain, 3)) == plain
