from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.data import QUOTAS, Design
from benchmarks.model.lanes import PLAIN, UNITS_A_PARTITION
from benchmarks.model.limits import Limit, exceeded, limits

GIVEN = Assumptions()
LIMITS = limits()


@pytest.mark.parametrize("one", LIMITS, ids=[f"{one.design}, {one.name}" for one in LIMITS])
def test_every_limit_has_a_source_and_a_remedy(one: Limit) -> None:
    assert one.url.startswith("https://docs.aws.amazon.com/")
    assert one.seen == date(2026, 11, 23)
    assert one.remedy.endswith(".")
    assert not one.note or one.note.endswith(".")
    assert "{" not in one.note
    assert one.value > 0
    assert one.actions_per_s is None or one.actions_per_s > 0


def test_names_are_unique_in_a_design() -> None:
    assert len({(one.design, one.name) for one in LIMITS}) == len(LIMITS)


def test_quotas_agree_with_the_deployed_design_and_with_each_other() -> None:
    assert QUOTAS["event-batches"].value == PLAIN.reduce_lanes
    assert QUOTAS["order-batches"].value == PLAIN.push_lanes
    for name in ("partition-writes", "partition-writes-streamed", "index-writes"):
        assert QUOTAS[name].value == UNITS_A_PARTITION


@pytest.mark.parametrize(
    ("design", "name", "clients", "given", "rate"),
    [
        # A partition takes 1000 units a second; an action writes 4 under one key, or 3.
        ("coupled", "writes to a partition", 1, GIVEN, 250),
        ("streamed", "writes to a partition", 1, GIVEN, 1000 / 3),
        ("coupled", "reads from a partition", 1, GIVEN, 3000),
        # One transaction of 27.6 ms after the other.
        ("coupled", "transactions on one item", 1, GIVEN, 36.2),
        ("coupled", "new orders in one list", 1, GIVEN, 1000),
        ("coupled", "writes to a new table", 1, GIVEN, 4000 / 4),
        ("coupled", "writes to a table (default quota)", 1, GIVEN, 40_000 / 4),
        # The events' table takes 3 of the 5 units.
        ("streamed", "writes to a new table", 1, GIVEN, 4000 / 3),
        ("coupled", "reads from a new table", 1, GIVEN, 12_000),
        # A thousand connections are 90,000 bytes, which are 22 units of 4 KB for each order.
        ("streamed", "reads from a new table", 1000, GIVEN, 12_000 / 22),
        ("coupled", "requests to APIs", 100, GIVEN, 10_000),
        ("streamed", "requests to APIs", 1, GIVEN, 10_000 / 2),
        ("streamed", "requests to APIs", 99, GIVEN, 10_000 / 100),
        ("coupled", "environments of an account", 1, GIVEN, 1000 / 0.0373),
        # Each of four shards processes eight orders of 37.3 ms at once, less the ends of batches.
        ("streamed", "parallel batches of events", 1, GIVEN, 801),
    ],
)
def test_rates_by_hand(
    design: Design, name: str, clients: int, given: Assumptions, rate: float
) -> None:
    (found,) = (one for one in limits(clients, given) if (one.design, one.name) == (design, name))
    assert found.actions_per_s == pytest.approx(rate, rel=0.01)


def test_only_quotas_of_the_whole_service_are_exceeded() -> None:
    # Neither the limit of a hot order nor a limit that cannot be raised is among them.
    assert exceeded("coupled", 1000, 1, GIVEN) == ()
    assert exceeded("coupled", 1000.1, 1, GIVEN) == ("writes to a new table",)
    assert set(exceeded("coupled", 1e9, 1, GIVEN)) == {
        one.name for one in LIMITS if one.design == "coupled" and one.raisable
    }


@settings(max_examples=25)
@given(few=st.integers(1, 10_000), more=st.integers(1, 10_000))
def test_more_clients_never_allow_more(few: int, more: int) -> None:
    few, more = sorted((few, more))
    for one, other in zip(limits(few, GIVEN), limits(more, GIVEN), strict=True):
        assert one.name == other.name
        assert (one.actions_per_s or 0) >= (other.actions_per_s or 0)
