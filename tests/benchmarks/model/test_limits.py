from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.footprint import Design, footprint
from benchmarks.model.limits import Limit, exceeded, limits

GIVEN = Assumptions()
LIMITS = limits()


def rate(design: Design, name: str, clients: int = 1, given: Assumptions = GIVEN) -> float:
    (found,) = (one for one in limits(clients, given) if (one.design, one.name) == (design, name))
    assert found.actions_per_s is not None
    return found.actions_per_s


@pytest.mark.parametrize("one", LIMITS, ids=[f"{one.design}, {one.name}" for one in LIMITS])
def test_every_limit_has_a_source_and_a_remedy(one: Limit) -> None:
    assert one.url.startswith("https://docs.aws.amazon.com/")
    assert one.seen == date(2026, 11, 23)
    assert one.remedy.endswith(".")
    assert not one.note or one.note.endswith(".")
    assert one.value > 0
    assert one.actions_per_s is None or one.actions_per_s > 0


def test_names_are_unique_in_a_design() -> None:
    assert len({(one.design, one.name) for one in LIMITS}) == len(LIMITS)


def test_a_hot_order() -> None:
    # 1000 units a second of a partition; 4 units under one key, or 3.
    assert rate("coupled", "writes of a partition") == 250
    assert rate("streamed", "writes of a partition") == pytest.approx(1000 / 3)
    # One transaction of 27.6 ms after the other.
    assert rate("coupled", "transactions on one item") == pytest.approx(36.2, rel=0.01)


def test_tables() -> None:
    assert rate("coupled", "writes of a new table") == 4000 / 4
    assert rate("coupled", "writes of a table by default") == 40_000 / 4
    # The events' table takes 3 of the 5 units.
    assert rate("streamed", "writes of a new table") == pytest.approx(4000 / 3)
    assert rate("coupled", "reads of a new table") == 12_000


def test_a_thousand_connections_are_read_for_each_order() -> None:
    # 90,000 bytes are 22 units of 4 KB.
    assert rate("streamed", "reads of a new table", clients=1000) == pytest.approx(12_000 / 22)


def test_the_api_counts_every_message() -> None:
    assert rate("coupled", "requests to APIs", clients=100) == 10_000
    assert rate("streamed", "requests to APIs", clients=1) == 10_000 / 2
    assert rate("streamed", "requests to APIs", clients=99) == 10_000 / 100


def test_environments() -> None:
    assert rate("coupled", "environments of an account") == pytest.approx(1000 / 0.0373, rel=0.01)


def test_the_lanes_of_a_new_table() -> None:
    # Four shards, each eight orders of 37.3 ms side by side, less the ends of batches.
    assert rate("streamed", "batches of a shard at once, events") == pytest.approx(801, rel=0.01)


def test_larger_actions_meet_limits_sooner() -> None:
    large = replace(footprint("coupled"), write_units=8, hottest_write_units=8)
    given = replace(GIVEN, footprints=(large, footprint("streamed")))
    assert rate("coupled", "writes of a partition", given=given) == 125
    assert rate("coupled", "writes of a new table", given=given) == 500


def test_only_quotas_of_the_whole_service_are_exceeded() -> None:
    # A hot order's limit, and what no quota raises, are not among them.
    assert exceeded("coupled", 1000, 1, GIVEN) == ()
    assert exceeded("coupled", 1000.1, 1, GIVEN) == ("writes of a new table",)
    assert set(exceeded("coupled", 1e9, 1, GIVEN)) == {
        one.name for one in LIMITS if one.design == "coupled" and one.raisable
    }


@given(few=st.integers(1, 10_000), more=st.integers(1, 10_000))
def test_more_clients_never_allow_more(few: int, more: int) -> None:
    few, more = sorted((few, more))
    for one, other in zip(limits(few, GIVEN), limits(more, GIVEN), strict=True):
        assert one.name == other.name
        assert (one.actions_per_s or 0) >= (other.actions_per_s or 0)
