"""Cost of a million actions in each design, by service, at a steady rate all month.

A month has 730 hours. Both designs pay for the same logs (Lambda's lines for each invocation, an
access line for each request or message of a client, a line of the application for each action) and
for the same metrics. The coupled design answers only the sender of an action; reads by others are
not included. Neither design includes free tiers, savings plans, KMS keys, tax, retries after
conflicts, reads of state, or connecting and disconnecting.

Prices are read from `prices.toml` with the date and the source of each. AWS fills the tables of its
pricing pages by script, so the prices come from copies of its price list
(https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html) and from the
worked examples of the pages. Transactional writes take twice the units, not another price; see
`benchmarks.model.footprint`. Queues for failed batches are left out, because they are empty as long
as nothing fails. What follows commits is in `benchmarks.model.following`.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

from benchmarks.model.assumptions import DEFAULTS, Assumptions
from benchmarks.model.data import DESIGNS, STRICT, VALUES, Design, read
from benchmarks.model.environments import MEMORY_GB, cold_share
from benchmarks.model.footprint import connection_units, footprint
from benchmarks.model.lanes import PLAIN, POLLS_PER_S, SCALED_OUT
from benchmarks.model.paths import Coupled, Streamed

Usage: TypeAlias = Mapping[str, float]
"""Quantities by the name of their price."""

REGION: Final = "us-east-1"
RATES_PER_S: Final = (1, 10, 100, 1000, 10_000, 100_000)
CLIENTS: Final = (1, 10, 100)

_GB: Final = 2**30
_MILLION: Final = 1_000_000


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

    __pydantic_config__ = STRICT

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


_PRICES: Final = read("prices.toml", ListPrice)


def prices() -> list[ListPrice]:
    """Return all prices that the model uses."""
    return list(_PRICES.values())


def price(name: str) -> ListPrice:
    """Return a price by its name, or raise KeyError."""
    return _PRICES[name]


SERVICES: Final = tuple(dict.fromkeys(one.service for one in prices()))
"""The services in the order of a bill."""

MONTH_S: Final = 730 * 60 * 60
ALARMS: Final[Mapping[Design, int]] = {"coupled": 6, "streamed": 4}
FUNCTIONS: Final[Mapping[Design, int]] = {"coupled": 1, "streamed": 5}
"""Numbers in the templates; each function keeps one SnapStart snapshot."""
METRICS: Final = 9
"""Those of the request log, `roundtrip.api.access_log`; the streamed design would need as many."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars by service in the order of `SERVICES`; `clients` do not affect the coupled design."""

    design: Design
    clients: int
    services: Mapping[str, float]

    @property
    def total_usd(self) -> float:
        """All services together."""
        return sum(self.services.values())


@dataclass(frozen=True, slots=True)
class Price(Bill):
    """The bill of a million actions at a rate that lasts all month.

    The streamed design is scaled out as far as the rate needs.
    """

    rate_per_s: float


def price_per_million(
    rates: Iterable[float] = RATES_PER_S,
    clients: Iterable[int] = CLIENTS,
    given: Assumptions = DEFAULTS,
) -> list[Price]:
    """Return the price of a million actions, by design, then by clients, then by rate."""
    return [
        _price(design, rate, count, given)
        for design, count, rate in itertools.product(DESIGNS, clients, rates)
    ]


def at_rest(clients: Iterable[int] = CLIENTS) -> list[Bill]:
    """Return the bill of a month without actions and with empty tables, by design and clients."""
    return [
        Bill(design, count, by_service(_fixed(design, count)))
        for design, count in itertools.product(DESIGNS, clients)
    ]


def usage(design: Design, rate_per_s: float, clients: int, given: Assumptions) -> Usage:
    """Return what the actions of a month use, without what is due anyway."""
    if design == "coupled":
        path: Coupled | Streamed = Coupled(rate_per_s, given)
        by_second = _coupled(rate_per_s)
    else:
        path = Streamed(rate_per_s, clients, PLAIN, given)
        if any(one.utilisation >= 1 for one in path.lanes()):
            path = Streamed(rate_per_s, clients, SCALED_OUT, given)
        by_second = _streamed(path)
    stored_gb = rate_per_s * footprint(design).stored_bytes / _GB
    # What a month's actions write is kept for one month, the first of many.
    by_second |= {"table-gb": stored_gb, "backup-gb": stored_gb, **_functions(path)}
    return {name: quantity * MONTH_S for name, quantity in by_second.items()}


def _price(design: Design, rate: float, clients: int, given: Assumptions) -> Price:
    millions = rate * MONTH_S / _MILLION
    used, fixed = usage(design, rate, clients, given), _fixed(design, clients)
    both = {name: used.get(name, 0) + fixed.get(name, 0) for name in {**used, **fixed}}
    services = {name: usd / millions for name, usd in by_service(both).items()}
    return Price(design, clients, services, rate_per_s=rate)


def by_service(quantities: Usage) -> dict[str, float]:
    """Price quantities of a month, and add them up by service."""
    found = dict.fromkeys(SERVICES, 0.0)
    for name, quantity in quantities.items():
        line = price(name)
        found[line.service] += line.usd(quantity)
    return found


def _fixed(design: Design, clients: int) -> Usage:
    connections = 0 if design == "coupled" else clients
    return {
        "websocket-minute": connections * MONTH_S / 60,
        "snapstart-cache": FUNCTIONS[design] * MEMORY_GB * MONTH_S,
        "alarm": ALARMS[design],
        "metric": METRICS,
    }


def _coupled(rate: float) -> dict[str, float]:
    taken = footprint("coupled")
    return {
        "http-request": rate * math.ceil(taken.answer_bytes / VALUES["http_request_bytes"]),
        "write-unit": rate * taken.write_units,
        "read-unit": rate * taken.read_units,
        "egress-gb": rate * taken.answer_bytes / _GB,
    }


def _streamed(path: Streamed) -> dict[str, float]:
    rate, taken = path.rate_per_s, footprint("streamed")
    messages = math.ceil(taken.answer_bytes / VALUES["websocket_message_bytes"])
    pushed = rate * path.clients
    listing = path.push_lanes().invocations_per_s * connection_units(path.clients)
    return {
        "websocket-message": rate + pushed * messages,
        "write-unit": rate * taken.write_units,
        "read-unit": rate * taken.read_units + listing,
        "stream-read": POLLS_PER_S * sum(one.shards for one in path.lanes()),
        "egress-gb": pushed * taken.answer_bytes / _GB,
    }


def _functions(path: Coupled | Streamed) -> Usage:
    found: defaultdict[str, float] = defaultdict(float)
    for stage in path.stages():
        invocations = stage.invocations_per_s
        found["lambda-request"] += invocations
        # Each started millisecond is charged.
        found["lambda-arm64"] += invocations * math.ceil(stage.busy_ms) / 1000 * MEMORY_GB
        restored = cold_share(invocations, stage.environments)
        found["snapstart-restore"] += invocations * restored * MEMORY_GB
        found["log-gb"] += invocations * VALUES["invocation_log_bytes"] / _GB
    line_bytes = VALUES["access_log_bytes"] + VALUES["application_log_bytes"]
    found["log-gb"] += path.rate_per_s * line_bytes / _GB
    return found
