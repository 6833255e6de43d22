"""The model's bill: what a million actions, and a month without any, cost on AWS."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from matplotlib.figure import Figure

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import (
    CLIENTS,
    RATES_PER_S,
    REGION,
    SERVICES,
    Price,
    at_rest,
    price_per_million,
    prices,
)
from benchmarks.report import drawing, wording
from benchmarks.report.results import Results
from benchmarks.report.simulated import COUPLED, RATE_PER_S, STREAMED
from benchmarks.report.statistics import Figures

_COLOURS: Final = {
    "API Gateway": "#56b4e9",
    "Lambda": "#e69f00",
    "DynamoDB": "#0072b2",
    "SQS": "#f0e442",
    "Storage": "#1f2937",
    "CloudWatch": "#cc79a7",
    "Data transfer": "#b9bec6",
}
"""The services of a bill, in the order in which they are stacked."""
_BAR_PX: Final = 24
_LEFT_PX: Final = 245
_PANEL_PX: Final = 530


@cache
def bills(given: Assumptions) -> Mapping[tuple[str, float, int], Price]:
    """Price a million actions by design, rate and number of clients.

    The coupled design answers the sender alone, so it is priced for one client only.
    """
    found = price_per_million(RATES_PER_S, CLIENTS, given)
    return {
        (one.design, one.rate_per_s, one.clients): one
        for one in found
        if one.design != COUPLED or one.clients == 1
    }


def figures(results: Results) -> Figures:
    """Return all bills and list prices, and the rates and clients that the text is about."""
    return {
        "rate": RATE_PER_S,
        "fastest": RATES_PER_S[-1],
        "most": CLIENTS[-1],
        "services": SERVICES,
        "bills": bills(results.assumptions),
        "idle": [one for one in at_rest(CLIENTS) if one.design != COUPLED or one.clients == 1],
        "region": REGION,
        "prices": prices(),
    }


def draw(results: Results) -> Figure:
    """Draw what a million actions cost, by service: first by clients, then by rate."""
    found = bills(results.assumptions)
    clients = {COUPLED: found[COUPLED, RATE_PER_S, 1]}
    clients |= {
        f"{STREAMED}, {count} client{'' if count == 1 else 's'}": found[STREAMED, RATE_PER_S, count]
        for count in CLIENTS
    }
    rates = {
        f"{design}, {wording.whole(rate)} a second": found[design, rate, 1]
        for rate in RATES_PER_S[:5:2]
        for design in (COUPLED, STREAMED)
    }
    figure = drawing.card(
        196 + _BAR_PX * (len(clients) + len(rates)),
        "The model: what a million actions cost on AWS",
        "us-east-1, without free tiers. The coupled design answers the sender alone, the streamed "
        "one tells every client",
    )
    drawing.key(figure, [(name, drawing.INK, colour) for name, colour in _COLOURS.items()])
    top = 118.0
    for title, bars in (
        (f"By connected clients, at {RATE_PER_S} actions a second", clients),
        ("By rate, with one client", rates),
    ):
        axes = drawing.panel(figure, _LEFT_PX, top, _PANEL_PX, _BAR_PX * len(bars), title=title)
        names = [(name, drawing.ink(bill.design)) for name, bill in bars.items()]
        drawing.rows(axes, names, bars_only=True)
        axes.set_xlim(0, 1.12 * max(bill.total_usd for bill in bars.values()))
        for row, bill in enumerate(bars.values()):
            begin = 0.0
            for service, colour in _COLOURS.items():
                width = bill.services[service]
                axes.barh(row, width, left=begin, height=0.68, color=colour)
                begin += width
            drawing.beside(axes, begin, row, wording.usd(begin), drawing.INK)
        top += _BAR_PX * len(bars) + 56
    return figure
