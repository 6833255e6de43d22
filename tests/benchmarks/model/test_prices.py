from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.model.prices import ListPrice, price, prices

NAMES = [one.name for one in prices()]
QUANTITIES = st.integers(0, 10**13)


def test_http_requests_are_charged_by_the_example_on_the_pricing_page() -> None:
    # The first 300 million at $1.00, the other 100 million at $0.90 a million.
    assert price("http-request").usd(400_000_000) == pytest.approx(300 + 90)


def test_a_month_of_one_connection() -> None:
    assert price("websocket-minute").usd(60 * 24 * 30) == pytest.approx(0.25 * 43_200 / 1e6)


def test_logs_get_cheaper_by_the_tier() -> None:
    # 10 TB at $0.50, 20 TB at $0.25, 20 TB at $0.10 and 10 TB at $0.05 a GB.
    expected = 1024 * (10 * 0.50 + 20 * 0.25 + 20 * 0.10 + 10 * 0.05)
    assert price("log-gb").usd(60 * 1024) == pytest.approx(expected)


def test_reads_of_streams_by_triggers_are_free() -> None:
    assert price("stream-read").usd(1e9) == 0


@pytest.mark.parametrize("one", prices(), ids=NAMES)
def test_every_price_has_a_source(one: ListPrice) -> None:
    assert one.url.startswith(("https://aws.amazon.com/", "https://docs.aws.amazon.com/"))
    assert date(2025, 1, 1) < one.seen <= date(2026, 11, 23)
    assert one.basis != "partly from memory" or one.note
    assert [tier.up_to for tier in one.tiers] == sorted({tier.up_to for tier in one.tiers})
    assert one.tiers[-1].up_to == math.inf


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_an_unknown_name() -> None:
    with pytest.raises(KeyError, match="fax"):
        price("fax")


@pytest.mark.parametrize("quantity", [-1, math.nan])
def test_no_quantity(quantity: float) -> None:
    with pytest.raises(ValueError, match="http-request: expected a quantity from 0"):
        price("http-request").usd(quantity)


@given(name=st.sampled_from(NAMES), less=QUANTITIES, more=QUANTITIES)
def test_more_is_never_cheaper_and_never_dearer_by_the_piece(
    name: str, less: int, more: int
) -> None:
    less, more = sorted((less, more))
    line = price(name)
    assert line.usd(less) <= line.usd(more)
    assert line.usd(more) * less <= line.usd(less) * more * (1 + 1e-9)
