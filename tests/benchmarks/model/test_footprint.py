from __future__ import annotations

import pytest

from benchmarks.model.data import DESIGNS, Design
from benchmarks.model.footprint import connection_units, footprint


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
