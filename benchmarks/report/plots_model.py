"""Both designs on AWS, as the model computes them: latency under a rate, limits, and cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.report import modelled, plots, plots_labels, wording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from benchmarks.model.limits import Limit
    from benchmarks.model.simulation import SimulatedLatency
    from benchmarks.report.results import Results

_DESIGNS: Final = {
    modelled.COUPLED: plots.COUPLED,
    modelled.STREAMED: plots.STREAMED,
    modelled.SCALED_OUT: plots.colour("streamed-best"),
}
_SERVICES: Final = {
    "API Gateway": "#56b4e9",
    "Lambda": "#e69f00",
    "DynamoDB": "#0072b2",
    "Storage": "#1f2937",
    "CloudWatch": "#cc79a7",
    "Data transfer": "#b9bec6",
}
"""The services of a bill, in the order they are stacked."""
_BAR_PX: Final = 24
_LEFT_PX: Final = 245
_PANEL_PX: Final = 530
_ROW_PX: Final = 20


def simulated(results: Results) -> Figure:
    """Draw the simulated latency of each design under a rate, above the limits that rates meet."""
    given = modelled.given(results)
    rows = modelled.latencies(given)
    limits = modelled.rated_limits(given)
    names = list(dict.fromkeys((one.scope, one.name) for one in limits))
    figure = plots.card(
        430 + _ROW_PX * len(names),
        "The model: latency on AWS under a rate",
        "Simulated; line: median, dashes: 99th percentile, cross: its streams keep up no "
        "longer at the next rate",
    )
    plots_labels.key(figure, [(name, plots.ink(name), colour) for name, colour in _DESIGNS.items()])
    upper = plots.panel(figure, _LEFT_PX, 96, _PANEL_PX, 230)
    for design, colour in _DESIGNS.items():
        _curve(upper, [row for row in rows if row.design == design], colour)
    upper.set_yscale("log")
    plots.milliseconds(upper.yaxis)
    upper.set_ylabel("milliseconds, logarithmic")
    lower = plots.panel(figure, _LEFT_PX, 390, _PANEL_PX, _ROW_PX * len(names))
    lower.set_title("The rate at which a documented limit is met")
    lower.set_ylim(len(names) - 0.5, -0.5)
    lower.set_yticks([])
    for row, (scope, name) in enumerate(names):
        plots_labels.row_label(
            lower, row, name if scope == "all orders" else f"{name}, {scope}", plots.INK
        )
        lower.axhline(row, color=plots.PALE, linewidth=0.8)
        _marks(lower, row, [one for one in limits if (one.scope, one.name) == (scope, name)])
    for axes in (upper, lower):
        plots.sizes(axes)
        axes.grid(visible=True, axis="x")
        axes.set_xlim(min(row.rate_per_s for row in rows), max(row.rate_per_s for row in rows))
    lower.set_xlabel("actions a second, logarithmic")
    return figure


def _curve(axes: Axes, rows: Sequence[SimulatedLatency], colour: str) -> None:
    kept = [row for row in rows if row.sustained]
    rates = [row.rate_per_s for row in kept]
    axes.plot(rates, [row.p50_ms for row in kept], color=colour)
    axes.plot(
        rates, [row.p99_ms for row in kept], color=colour, linestyle=(0, (3, 1.5)), linewidth=1.3
    )
    if kept and len(kept) < len(rows):
        last = kept[-1]
        axes.plot(
            [last.rate_per_s] * 2, [last.p50_ms, last.p99_ms], "x", color=colour, markersize=7
        )


def _marks(axes: Axes, row: int, limits: Sequence[Limit]) -> None:
    for one in limits:
        shift = -0.16 if one.design == modelled.COUPLED else 0.16
        rate = one.actions_per_s or math.inf
        axes.plot(rate, row + shift, "o", color=_DESIGNS[one.design], markersize=5)


def cost(results: Results) -> Figure:
    """Draw what a million actions cost, by service: first by clients, then by rate."""
    given = modelled.given(results)

    def bar(design: str, rate_per_s: float, clients: int, label: str) -> _Bar:
        found = modelled.price(given, design, rate_per_s=rate_per_s, clients=clients)
        return _Bar(label, design, found.services)

    by_clients = [bar(modelled.COUPLED, modelled.RATE_PER_S, 1, "coupled")]
    by_clients += [
        bar(modelled.STREAMED, modelled.RATE_PER_S, clients, f"streamed, {_clients(clients)}")
        for clients in modelled.CLIENTS
    ]
    by_rate = [
        bar(design, rate, 1, f"{design}, {wording.count(rate)} a second")
        for rate in modelled.RATES_PER_S[:5:2]
        for design in (modelled.COUPLED, modelled.STREAMED)
    ]
    figure = plots.card(
        196 + _BAR_PX * (len(by_clients) + len(by_rate)),
        "The model: what a million actions cost on AWS",
        "us-east-1, without free tiers. The coupled design answers the sender alone, the streamed "
        "one tells every client",
    )
    plots_labels.key(figure, [(name, plots.INK, colour) for name, colour in _SERVICES.items()])
    top = 118.0
    for title, bars in (
        (f"By connected clients, at {modelled.RATE_PER_S} actions a second", by_clients),
        ("By rate, with one client", by_rate),
    ):
        axes = plots.panel(figure, _LEFT_PX, top, _PANEL_PX, _BAR_PX * len(bars))
        axes.set_title(title)
        _stacked(axes, bars)
        top += _BAR_PX * len(bars) + 56
    return figure


class _Bar(NamedTuple):
    label: str
    design: str
    services: Mapping[str, float]


def _clients(number: int) -> str:
    return f"{number} client" if number == 1 else f"{number} clients"


def _stacked(axes: Axes, bars: Sequence[_Bar]) -> None:
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines.bottom.set_visible(False)
    longest = max(sum(bar.services.values()) for bar in bars)
    axes.set_xlim(0, longest * 1.12)
    for row, bar in enumerate(bars):
        begin = 0.0
        for service, colour in _SERVICES.items():
            width = bar.services[service]
            axes.barh(row, width, left=begin, height=0.68, color=colour)
            begin += width
        plots_labels.row_label(axes, row, bar.label, plots.ink(bar.design))
        plots_labels.beside(axes, begin, row, wording.usd(begin), plots.INK)
