"""The model's latency, limits and contention on AWS, with the run's own measurements in it."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.model import contention, simulation
from benchmarks.model.assumptions import Assumptions
from benchmarks.model.cost import RATES_PER_S
from benchmarks.model.limits import limits
from benchmarks.model.simulation import Sensitivity, SimulatedLatency
from benchmarks.model.steps import step_sources
from benchmarks.report import drawing
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures

COUPLED, STREAMED, SCALED_OUT = simulation.DESIGN_NAMES

RATE_PER_S: Final = 10
"""Actions a second of figures that are for one rate."""
REQUESTS: Final = 8000
"""Simulated requests at each rate: enough for a 99th percentile to within a few percent."""

_DESIGNS: Final = {
    COUPLED: drawing.COUPLED,
    STREAMED: drawing.STREAMED,
    SCALED_OUT: drawing.colour("streamed-best"),
}
_LEFT_PX: Final = 245
_PANEL_PX: Final = 530
_ROW_PX: Final = 20


def figures(results: Results) -> Figures:
    """Return simulated latencies, their steps and assumptions, and documented limits."""
    return _simulated(results.assumptions, REQUESTS)


def contended(results: Results) -> Figures:
    """Return what requests cost each other that reach one order together."""
    return {"rows": _contended(results.assumptions, REQUESTS // 2)}


@cache
def _contended(given: Assumptions, requests: int) -> list[contention.Contention]:
    return contention.contend(given=given, requests=requests)


@cache
def _simulated(given: Assumptions, requests: int) -> Figures:
    rows = simulation.simulate(given=given, requests=requests)
    at_rate = {row.design: row for row in rows if row.rate_per_s == RATE_PER_S}
    changes = [
        row
        for row in simulation.sensitivity(RATE_PER_S, given=given, requests=requests)
        if (row.p50_ms, row.p99_ms) != (row.base_p50_ms, row.base_p99_ms)
    ]
    parts = simulation.composition(RATE_PER_S, given=given, requests=requests)
    return {
        "rate": RATE_PER_S,
        "coupled": at_rate[COUPLED],
        "streamed": at_rate[STREAMED],
        "designs": list(_DESIGNS),
        "all": rows,
        "rows": [row for row in rows if row.rate_per_s in RATES_PER_S],
        "parts": [part for part in parts if part.mean_ms],
        "sensitivity": changes,
        "extremes": _extremes(changes) if at_rate[STREAMED].sustained else [],
        "steps": step_sources(),
        "limits": limits(given=given),
    }


def _extremes(rows: Sequence[Sensitivity]) -> list[tuple[float, str, float]]:
    """Return the lowest and the highest ratio of the medians, with the assumption and factor."""
    base = {row.design: row.base_p50_ms for row in rows}
    medians: dict[tuple[str, float], dict[str, float]] = {}
    for row in rows:
        medians.setdefault((row.assumption, row.factor), dict(base))[row.design] = row.p50_ms
    ratios = sorted(
        ((found[STREAMED] / found[COUPLED], *key) for key, found in medians.items()),
        key=lambda ratio: ratio[0],
    )
    return [ratios[0], ratios[-1]]


def draw(results: Results) -> Figure:
    """Draw the simulated latency of each design by rate, above the limits that rates reach."""
    found = figures(results)
    rows = found["all"]
    rated = sorted(
        (one.actions_per_s, one.name, one.scope, one.design)
        for one in found["limits"]
        if one.actions_per_s is not None
    )
    names = [name if scope == "all orders" else f"{name}, {scope}" for _, name, scope, _ in rated]
    positions = {name: row for row, name in enumerate(dict.fromkeys(names))}
    figure = drawing.card(
        430 + _ROW_PX * len(positions),
        "The model: latency on AWS by rate",
        "Simulated; line: median, dashes: 99th percentile, cross: its streams do not keep up at "
        "the next rate",
    )
    drawing.key(figure, [(name, drawing.ink(name), colour) for name, colour in _DESIGNS.items()])
    upper = drawing.panel(figure, _LEFT_PX, 96, _PANEL_PX, 230)
    for design, colour in _DESIGNS.items():
        _curve(upper, [row for row in rows if row.design == design], colour)
    upper.set_yscale("log")
    drawing.milliseconds(upper.yaxis)
    upper.set_ylabel("milliseconds, logarithmic")
    title, height_px = "The rate at which a documented limit is reached", _ROW_PX * len(positions)
    lower = drawing.panel(figure, _LEFT_PX, 390, _PANEL_PX, height_px, title=title)
    drawing.rows(lower, [(name, drawing.INK) for name in positions])
    for name, (rate, _, _, design) in zip(names, rated, strict=True):
        shift = -0.16 if design == COUPLED else 0.16
        lower.plot(rate, positions[name] + shift, "o", color=_DESIGNS[design], markersize=5)
    for axes in (upper, lower):
        drawing.sizes(axes)
        axes.grid(visible=True, axis="both")
        axes.set_xlim(min(row.rate_per_s for row in rows), max(row.rate_per_s for row in rows))
    lower.set_xlabel("actions a second, logarithmic")
    return figure


def _curve(axes: Axes, rows: list[SimulatedLatency], colour: str) -> None:
    kept = [row for row in rows if row.sustained]
    rates = [row.rate_per_s for row in kept]
    slow_ms = [row.p99_ms for row in kept]
    axes.plot(rates, [row.p50_ms for row in kept], color=colour)
    axes.plot(rates, slow_ms, color=colour, linestyle=(0, (3, 1.5)), linewidth=1.3)
    if kept and len(kept) < len(rows):
        ends_ms = [kept[-1].p50_ms, kept[-1].p99_ms]
        axes.plot([rates[-1]] * 2, ends_ms, "x", color=colour, markersize=7)
