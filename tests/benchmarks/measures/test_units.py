from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.engines import REFERENCE, Engine
from benchmarks.measures import streamed_units, units

if TYPE_CHECKING:
    from benchmarks.samples import Units

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine(dynamodb_local_endpoint: str) -> Engine:
    return Engine(REFERENCE, dynamodb_local_endpoint)


@pytest.fixture(scope="module")
def coupled(engine: Engine) -> list[Units]:
    return list(units.measure(engine))


@pytest.fixture(scope="module")
def streamed(engine: Engine) -> list[Units]:
    return list(streamed_units.measure(engine))


def by_items(rows: list[Units], kind: str) -> dict[str, float]:
    return {row.case: row.units for row in rows if (row.kind, row.source) == (kind, "items")}


def test_the_coupled_design_writes_what_its_items_say(coupled: list[Units]) -> None:
    written = by_items(coupled, "write")

    uuid_in_each_row = written.pop("action on a 50 KB state, a UUID in each row")
    state = written.pop("action on a 50 KB state")
    assert written == {
        "small action": 4,
        "small action, cold cache": 4,
        "small action with a key": 6,
        "batch of 50 small actions": 4,
        "creation": 5,
        "read": 0,
    }
    assert 4 < state < uuid_in_each_row <= 2 * 50 + 2


def test_the_coupled_design_reads_when_its_cache_is_cold_or_it_is_asked(
    coupled: list[Units],
) -> None:
    readers = {case: count for case, count in by_items(coupled, "read").items() if count}

    assert readers == {"small action, cold cache": 1, "read": 1}


def test_actions_share_the_units_of_their_batch(coupled: list[Units]) -> None:
    assert {row.actions for row in coupled if row.case == "batch of 50 small actions"} == {50}
    assert {row.actions for row in coupled if row.case != "batch of 50 small actions"} == {1}


def test_the_streamed_design_writes_an_event_its_outcome_and_the_order(
    streamed: list[Units],
) -> None:
    written = by_items(streamed, "write")

    assert written == {
        "creation": 5,
        "small action": 5,
        "small action, cold cache": 5,
        "read": 0,
        "telling 1 client": 0,
        "telling 1000 clients": 0,
    }


def test_the_streamed_design_reads_the_list_of_clients(streamed: list[Units]) -> None:
    read = by_items(streamed, "read")

    # A page of a thousand is full, so that another one is asked for.
    of_a_thousand = read.pop("telling 1000 clients")
    assert 10 < of_a_thousand < 30
    assert {case: count for case, count in read.items() if count} == {
        "small action, cold cache": 1,
        "read": 1,
        "telling 1 client": 1,
    }


def test_what_the_engine_reports_stands_beside_what_is_computed(
    coupled: list[Units], streamed: list[Units]
) -> None:
    for rows in (coupled, streamed):
        computed = {(row.case, row.kind) for row in rows if row.source == "items"}
        reported = {(row.case, row.kind) for row in rows if row.source == REFERENCE}
        assert computed == reported
        assert len(rows) == 2 * len(computed)
        assert any(row.units > 0 for row in rows if row.source == REFERENCE)


def test_another_engine_only_reports(ministack_endpoint: str) -> None:
    rows = list(units.measure(Engine("ministack", ministack_endpoint)))

    assert {row.source for row in rows} == {"ministack"}
