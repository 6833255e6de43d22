"""What a million actions cost in each design, at a steady rate all month, by service.

A month is 730 hours. Both designs are charged for the same logs: Lambda's lines for each
invocation, an access line for each request or message of a client, a line of the application for
each action; and for the same metrics. The coupled design answers the sender of an action alone:
whoever else wants to know has to read, which is not in here. Left out of both are free tiers, KMS
keys, tax, retries after conflicts, reads of state, and making and ending connections.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.environments import MEMORY_GB
from benchmarks.model.footprint import DESIGNS, connection_units
from benchmarks.model.lanes import PLAIN, SCALED_OUT
from benchmarks.model.paths import Coupled, Streamed, cold_share_of
from benchmarks.model.prices import price, prices
from benchmarks.model.steps import POLLS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.model.footprint import Design
    from benchmarks.model.paths import Stage

Architecture: TypeAlias = Literal["arm64", "x86_64"]
Usage: TypeAlias = "Mapping[str, float]"
"""Quantities by the name of their price."""

RATES_PER_S: Final = (1, 10, 100, 1000, 10_000, 100_000)
CLIENTS: Final = (1, 10, 100)
SERVICES: Final = tuple(dict.fromkeys(one.service for one in prices()))
"""In the order of a breakdown."""

MONTH_S: Final = 730 * 60 * 60

INVOCATION_LOG_BYTES: Final = 310
ACCESS_LOG_BYTES: Final = 300
APPLICATION_LOG_BYTES: Final = 600
"""Assumptions, from lines as they look: START, END and REPORT; one access line; one request line
with its metrics."""

ALARMS: Final[Mapping[Design, int]] = {"coupled": 6, "streamed": 4}
FUNCTIONS: Final[Mapping[Design, int]] = {"coupled": 1, "streamed": 5}
"""In their templates; each function keeps one SnapStart snapshot."""

METRICS: Final = 9
"""Of the request log, `roundtrip.api.requestlog`; the streamed design would need as many."""

_GB: Final = 2**30
_KB: Final = 2**10
_MESSAGE_BYTES: Final = 32 * _KB
_REQUEST_BYTES: Final = 512 * _KB
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million actions cost.

    Parameters
    ----------
    design
        Whose; the streamed design is spread out as far as the rate needs.
    rate_per_s
        Actions a second, all month.
    clients
        Connections that each new state is pushed to; of no effect on the coupled design.
    services
        Dollars by service, in the order of `SERVICES`.
    fixed_usd
        The part of it that is due without any action.
    total_usd
        All services together.
    """

    design: Design
    rate_per_s: float
    clients: int
    services: Mapping[str, float]
    fixed_usd: float
    total_usd: float


@dataclass(frozen=True, slots=True)
class AtRest:
    """What a month without any action costs.

    Parameters
    ----------
    design
        Whose.
    clients
        Connections that stay open.
    services
        Dollars by service, in the order of `SERVICES`.
    total_usd
        All services together.
    """

    design: Design
    clients: int
    services: Mapping[str, float]
    total_usd: float


def price_per_million(
    rates: Iterable[float] = RATES_PER_S,
    clients: Iterable[int] = CLIENTS,
    given: Assumptions | None = None,
    *,
    architecture: Architecture = "arm64",
) -> list[Price]:
    """Give the price of a million actions, for each design, number of clients and rate.

    Parameters
    ----------
    rates
        Actions a second, each more than 0.
    clients
        Connections, each at least 1.
    given
        What is supposed; the defaults when it is left out.
    architecture
        Of the functions' processors.

    Returns
    -------
    list of Price
        By design, then by clients, then by rate.
    """
    supposed, every_rate, every_count = given or Assumptions(), list(rates), list(clients)
    return [
        _price(design, rate, count, supposed, architecture)
        for design in DESIGNS
        for count in every_count
        for rate in every_rate
    ]


def at_rest(clients: Iterable[int] = CLIENTS) -> list[AtRest]:
    """Give the price of a month without actions, for each design and number of clients.

    Tables are empty.
    """
    every_count = list(clients)
    found = []
    for design in DESIGNS:
        for count in every_count:
            services = _by_service(_fixed(design, count))
            found.append(AtRest(design, count, services, sum(services.values())))
    return found


def usage(
    design: Design,
    rate_per_s: float,
    clients: int,
    given: Assumptions,
    architecture: Architecture = "arm64",
) -> Usage:
    """Give what the actions of a month use, without what is due anyway.

    Parameters
    ----------
    design, rate_per_s, clients, given, architecture
        As in `price_per_million`.

    Returns
    -------
    Mapping of str to float
        Quantities of a month, by the name of their price.
    """
    by_second = (
        _coupled(rate_per_s, given, architecture)
        if design == "coupled"
        else _streamed(rate_per_s, clients, given, architecture)
    )
    return {name: quantity * MONTH_S for name, quantity in by_second.items()}


def _price(
    design: Design, rate: float, clients: int, given: Assumptions, architecture: Architecture
) -> Price:
    millions = rate * MONTH_S / _MILLION
    used, fixed = usage(design, rate, clients, given, architecture), _fixed(design, clients)
    both = {name: used.get(name, 0) + fixed.get(name, 0) for name in {**used, **fixed}}
    services = {name: usd / millions for name, usd in _by_service(both).items()}
    return Price(
        design,
        rate,
        clients,
        services,
        fixed_usd=sum(_by_service(fixed).values()) / millions,
        total_usd=sum(services.values()),
    )


def _by_service(quantities: Usage) -> dict[str, float]:
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


def _coupled(rate: float, given: Assumptions, architecture: Architecture) -> Usage:
    taken = given.footprint("coupled")
    return {
        "http-request": rate * math.ceil(taken.answer_bytes / _REQUEST_BYTES),
        "write-unit": rate * taken.write_units,
        "read-unit": rate * (1 - given.cached_share) * taken.read_units,
        "egress-gb": rate * taken.answer_bytes / _GB,
        **_stored(rate * taken.stored_bytes),
        **_functions(Coupled(rate, given).stages(), rate, given, architecture),
    }


def _streamed(rate: float, clients: int, given: Assumptions, architecture: Architecture) -> Usage:
    taken = given.footprint("streamed")
    path = Streamed(rate, clients, PLAIN, given)
    if any(one.utilisation >= 1 for one in path.lanes()):
        path = Streamed(rate, clients, SCALED_OUT, given)
    push = path.push_lanes()
    pushed = rate * clients
    reads = rate * (1 - given.cached_share) * taken.read_units
    return {
        "websocket-message": rate + pushed * math.ceil(taken.answer_bytes / _MESSAGE_BYTES),
        "write-unit": rate * taken.write_units,
        "read-unit": reads + push.invocations_per_s * connection_units(clients),
        "stream-read": POLLS_PER_S * sum(one.shards for one in path.lanes()),
        "egress-gb": pushed * taken.answer_bytes / _GB,
        **_stored(rate * taken.stored_bytes),
        **_functions(path.stages(), rate, given, architecture),
    }


def _stored(bytes_per_s: float) -> Usage:
    """Keep what is written for one month: the first of many."""
    return {"table-gb": bytes_per_s / _GB, "backup-gb": bytes_per_s / _GB}


def _functions(
    stages: Iterable[Stage], rate: float, given: Assumptions, architecture: Architecture
) -> Usage:
    found: defaultdict[str, float] = defaultdict(float)
    for stage in stages:
        invocations = stage.invocations_per_s
        found["lambda-request"] += invocations
        # Charged by the started millisecond.
        found[f"lambda-{architecture}"] += invocations * math.ceil(stage.busy_ms) / 1000 * MEMORY_GB
        found["snapstart-restore"] += invocations * cold_share_of(given, stage) * MEMORY_GB
        found["log-gb"] += invocations * INVOCATION_LOG_BYTES / _GB
    found["log-gb"] += rate * (ACCESS_LOG_BYTES + APPLICATION_LOG_BYTES) / _GB
    return found
