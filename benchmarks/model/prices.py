"""Prices of AWS, read from `prices.toml` with the date and the source of each.

AWS fills the tables of its pricing pages by script, so the prices come from copies of its price
list (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html) and from the
worked examples of the pages. Free tiers, savings plans and tax are left out.

Transactional writes take twice the units, not another price; see `benchmarks.model.footprint`.
Queues for failed batches (SQS) have no price here because they are empty as long as nothing fails.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from benchmarks.model import data

REGION: Final = "us-east-1"


class Tier(NamedTuple):
    """A price up to a monthly quantity; the last tier goes up to ``inf``."""

    up_to: float
    usd: float


@dataclass(frozen=True, slots=True)
class ListPrice:
    """One price, with tiers, for `per` units.

    `seen` is the day on which it was read, and `basis` is where: in a copy of AWS's price list, in
    an example on its pricing page, or in its documentation; or only the first tier was read.

    Examples
    --------
    >>> price("http-request").usd(400_000_000)
    390.0
    """

    __pydantic_config__ = data.STRICT

    name: str
    service: str
    unit: str
    per: float
    tiers: tuple[Tier, ...]
    url: str
    seen: date
    basis: Literal["price list", "worked example", "documentation", "partly from memory"]
    note: str = ""

    def usd(self, quantity: float) -> float:
        """Price a month's quantity, tier by tier; ValueError if it is negative or not a number."""
        if not quantity >= 0:
            raise ValueError(
                f"{self.name}: expected a quantity of at least 0; received {quantity}."
            )
        total, begin = 0.0, 0.0
        for tier in self.tiers:
            total += max(0.0, min(quantity, tier.up_to) - begin) / self.per * tier.usd
            begin = tier.up_to
        return total


_PRICES: Final = data.read("prices.toml", ListPrice)


def prices() -> list[ListPrice]:
    """Return all prices that the model uses."""
    return list(_PRICES.values())


def price(name: str) -> ListPrice:
    """Return a price by its name, or raise KeyError."""
    return _PRICES[name]
