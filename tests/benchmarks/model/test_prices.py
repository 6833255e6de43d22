from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.model.cost import ListPrice, price, prices

NAMES = [one.name for one in prices()]
QUANTITIES = st.integers(0, 10**13)


@pytest.mark.parametrize(
    ("name", "quantity", "usd"),
    [
        # The example on the pricing page: 300 million at $1.00 and 100 million at $0.90 a million.
        ("http-request", 400_000_000, 300 + 90),
        # One connection for a month.
        ("websocket-minute", 60 * 24 * 30, 0.25 * 43_200 / 1e6),
        # 10 TB at $0.50, 20 TB at $0.25, 20 TB at $0.10 and 10 TB at $0.05 a GB.
        ("log-gb", 60 * 1024, 1024 * (10 * 0.50 + 20 * 0.25 + 20 * 0.10 + 10 * 0.05)),
        # Triggers read streams for nothing.
        ("stream-read", 1e9, 0),
    ],
)
def test_prices_by_hand(name: str, quantity: float, usd: float) -> None:
    assert price(name).usd(quantity) == pytest.approx(usd)


@pytest.mark.parametrize("one", prices(), ids=NAMES)
def test_every_price_has_a_source(one: ListPrice) -> None:
    assert one.url.startswith(("https://aws.amazon.com/", "https://docs.aws.amazon.com/"))
    assert date(2025, 1, 1) < one.seen <= date(2026, 11, 28)
    assert one.basis != "partly from memory" or one.note
    assert [tier.up_to for tier in one.tiers] == sorted({tier.up_to for tier in one.tiers})
    assert one.tiers[-1].up_to == math.inf


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="fax"):
        price("fax")


@pytest.mark.parametrize("quantity", [-1, math.nan])
def test_an_invalid_quantity_is_an_error(quantity: float) -> None:
    with pytest.raises(ValueError, match="http-request: expected a quantity of at least 0"):
        price("http-request").usd(quantity)


@settings(max_examples=50)
@given(name=st.sampled_from(NAMES), less=QUANTITIES, more=QUANTITIES)
def test_more_is_never_cheaper_and_never_dearer_by_the_piece(
    name: str, less: int, more: int
) -> None:
    less, more = sorted((less, more))
    line = price(name)
    assert line.usd(less) <= line.usd(more)
    assert line.usd(more) * less <= line.usd(less) * more * (1 + 1e-9)
