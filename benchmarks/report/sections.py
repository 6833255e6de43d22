"""The sections of the report that show measurements: a reading, a plot, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.report import (
    plots_growth,
    plots_latency,
    plots_model,
    plots_process,
    plots_timeline,
    readings,
    readings_costs,
    readings_model,
    tables_costs,
    tables_latency,
    tables_model,
)
from benchmarks.report.growth import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from benchmarks.report.results import Results
    from benchmarks.report.tables import Table


class Plot(NamedTuple):
    """A plot of the report.

    Parameters
    ----------
    file
        What it is saved as, beside the report.
    draw
        Draws it; raises `Missing` or `TooFewSamples` when there is nothing to draw.
    """

    file: str
    draw: Callable[[Results], Figure]


class Section(NamedTuple):
    """A part of the report.

    Parameters
    ----------
    title
        Its heading.
    reading
        Says what is seen; raises `Missing` or `TooFewSamples` when nothing is.
    plot
        Shows it.
    tables
        The figures themselves; without rows when they were not measured.
    """

    title: str
    reading: Callable[[Results], str]
    plot: Plot | None = None
    tables: Callable[[Results], list[Table]] = lambda _: []


def _latency_tables(results: Results) -> list[Table]:
    latencies = results.latencies
    return [tables_latency.latency(latencies, engine) for engine in latencies.engines()]


def _growth_tables(results: Results) -> list[Table]:
    curves = results.curves
    return [tables_latency.growth(curves, subject) for subject in SUBJECTS]


HEADLINE_PLOT: Final = Plot("headline.svg", plots_latency.headline)


def _headline(results: Results) -> str:
    return f"{readings.headline(results)} {readings_model.ratio(results)}"


HEADLINE: Final = Section("Coupled against streamed", _headline, HEADLINE_PLOT)

MEASURED: Final = (
    Section(
        "Latency",
        readings.floor,
        Plot("latency.svg", plots_latency.distributions),
        _latency_tables,
    ),
    Section("Step by step", readings.timeline, Plot("timeline.svg", plots_timeline.timeline)),
    Section("Growth", readings.growth, Plot("growth.svg", plots_growth.growth), _growth_tables),
    Section(
        "Writers",
        readings.writers,
        Plot("writers.svg", plots_growth.writers),
        lambda results: [tables_latency.writers(results.curves)],
    ),
    Section(
        "Cold start",
        readings_costs.cold,
        Plot("cold.svg", plots_process.cold),
        lambda results: [
            tables_costs.starts(results.starts),
            tables_costs.packages(results.imports),
            tables_costs.modules(results.imports),
            tables_costs.sizes(results.packages),
        ],
    ),
    Section(
        "Memory",
        readings_costs.memory,
        Plot("memory.svg", plots_process.memory),
        lambda results: [tables_costs.memory(results.memory)],
    ),
    Section(
        "Capacity units",
        readings_costs.units,
        tables=lambda results: [tables_costs.units(results.units)],
    ),
    Section(
        "The parts alone",
        readings_costs.micro,
        tables=lambda results: [tables_costs.micro(results.micro)],
    ),
)
"""In the report's order."""

MODELLED: Final = (
    Section(
        "The model: latency and limits",
        readings_model.latency,
        Plot("model.svg", plots_model.simulated),
        tables_model.latency,
    ),
    Section(
        "The model: writers of one order",
        readings_model.contention,
        tables=tables_model.contention,
    ),
    Section(
        "The model: cost",
        readings_model.cost,
        Plot("cost.svg", plots_model.cost),
        tables_model.cost,
    ),
)
"""What was computed, not measured; in the report's order."""

PLOTS: Final = tuple(
    section.plot for section in (HEADLINE, *MEASURED, *MODELLED) if section.plot is not None
)
