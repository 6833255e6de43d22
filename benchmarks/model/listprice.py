"""A line of a price list, with its tiers, its date and its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from datetime import date

Basis: TypeAlias = Literal["price list", "worked example", "documentation", "partly from memory"]
"""Where a price was read: a copy of AWS's price list, an example on its pricing page, its
documentation; or the first tier in one of these and the tiers above it from memory."""


class Tier(NamedTuple):
    """A price up to a quantity.

    Parameters
    ----------
    up_to
        The quantity of a month at which the tier ends, in the unit of its price; ``inf`` for the
        last one.
    usd
        Dollars for `ListPrice.per` units.
    """

    up_to: float
    usd: float


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A line of the price list.

    Parameters
    ----------
    name
        What calculations call it.
    service
        Who charges it, as the breakdown of a bill names it.
    unit
        What is counted.
    per
        How many of these a price is for.
    tiers
        Ascending; the last one has no end.
    url
        AWS's page.
    seen
        When the price was read.
    basis
        Where it was read.
    note
        What else counts.

    Examples
    --------
    >>> import math
    >>> from datetime import date
    >>> tiers = (Tier(300, 1.00), Tier(math.inf, 0.90))
    >>> page = "https://aws.amazon.com/api-gateway/pricing/"
    >>> line = ListPrice("fax", "API", "fax", 1, tiers, page, date(2026, 9, 20), "price list")
    >>> line.usd(400)
    390.0
    """

    name: str
    service: str
    unit: str
    per: float
    tiers: tuple[Tier, ...]
    url: str
    seen: date
    basis: Basis
    note: str = ""

    def usd(self, quantity: float) -> float:
        """Give the price of a month's quantity, tier by tier.

        Parameters
        ----------
        quantity
            In `unit`; not negative.

        Raises
        ------
        ValueError
            When the quantity is negative or not a number.
        """
        if not quantity >= 0:
            raise ValueError(f"{self.name}: expected a quantity from 0; received {quantity}.")
        total, begin = 0.0, 0.0
        for tier in self.tiers:
            total += max(0.0, min(quantity, tier.up_to) - begin) / self.per * tier.usd
            begin = tier.up_to
        return total
