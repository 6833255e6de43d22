from __future__ import annotations

import pytest

from benchmarks.measures import memory
from tests.benchmarks.tables import one_table


@pytest.mark.engine
def test_both_processes_write_as_much_and_are_looked_at(ministack_endpoint: str) -> None:
    engine = one_table(ministack_endpoint)
    rows = list(memory.measure(engine, dispatches=6, streams=2, every=3))
    assert [(row.process, row.dispatches) for row in rows] == [
        (process, dispatches) for process in ("service", "boto3") for dispatches in (0, 3, 6)
    ]
    assert all(row.resident_bytes > 0 for row in rows)
    streams: dict[str, list[str]] = {}
    for item in engine.items():
        streams.setdefault(item["pk"]["S"], []).append(item["sk"]["S"])
    sizes = {pk.rpartition("#")[2]: len(sks) for pk, sks in streams.items()}
    # A head each, and seven commits of each process.
    assert sizes == {"so-0": 5, "so-1": 4, "bare-0": 5, "bare-1": 4}
