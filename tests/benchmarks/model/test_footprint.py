from __future__ import annotations

import pytest

from benchmarks.model.data import DESIGNS, Design
from benchmarks.model.footprint import (
    READS_CASE,
    WRITES_CASE,
    connection_units,
    footprint,
    measured,
)
from benchmarks.samples import Units


def test_the_coupled_action_writes_two_items_in_one_transaction() -> None:
    taken = footprint("coupled")
    # Two items of up to 1 KB, twice the units each; both under the order's key.
    assert taken.write_units == taken.hottest_write_units == 4
    assert taken.read_units == 1


def test_the_streamed_action_puts_an_event_then_marks_it_and_writes_the_order() -> None:
    taken = footprint("streamed")
    # The put 1; the mark and the order 2 each. Events and orders are apart.
    assert taken.write_units == 5
    assert taken.hottest_write_units == 3
    assert taken.read_units == 1


@pytest.mark.parametrize("design", DESIGNS)
def test_a_small_action_is_small(design: Design) -> None:
    taken = footprint(design)
    assert 100 < taken.stored_bytes < 1024
    assert 100 < taken.answer_bytes < 4096


@pytest.mark.parametrize(("clients", "units"), [(1, 1), (45, 1), (46, 2), (1000, 22)])
def test_listing_connections(clients: int, units: int) -> None:
    # 90 bytes each, a unit for each started 4 KB.
    assert connection_units(clients) == units


def units(design: str, case: str, kind: str, source: str, each: float) -> Units:
    return Units(design, case, 2, kind, source, 2 * each)


def test_measured_units_replace_those_of_their_kind() -> None:
    taken = measured(
        footprint("streamed"),
        [
            units("streamed", WRITES_CASE, "write", "items", 10),
            units("streamed", READS_CASE, "read", "items", 3),
        ],
    )
    assert (taken.write_units, taken.hottest_write_units, taken.read_units) == (10, 6, 3)


def test_units_that_aws_reported_have_precedence() -> None:
    deployed = units("coupled", WRITES_CASE, "write", "deployed", 8)
    items = units("coupled", WRITES_CASE, "write", "items", 6)
    assert measured(footprint("coupled"), [deployed, items]).write_units == 8


@pytest.mark.parametrize(
    "other",
    [
        units("streamed", WRITES_CASE, "write", "items", 9),
        units("coupled", "creation", "write", "items", 9),
        units("coupled", WRITES_CASE, "write", "dynamodb-local", 9),
        # Without a read, because the state was in the cache.
        units("coupled", WRITES_CASE, "read", "items", 0),
        units("coupled", READS_CASE, "write", "items", 9),
    ],
)
def test_units_of_something_else_change_nothing(other: Units) -> None:
    assert measured(footprint("coupled"), [other]) == footprint("coupled")
