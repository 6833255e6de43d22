"""How long requests take: every target and operation, and the two designs at one glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.report import plots, plots_labels, wording
from benchmarks.report.latency import OPERATIONS, Key
from benchmarks.report.statistics import FEWEST_FOR_P99, median, p99, quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from benchmarks.report.results import Results
    from benchmarks.report.statistics import Samples

_ROW_PX: Final = 25
_HEADER_PX: Final = 30
_BINS_A_DECADE: Final = 60
_HEADLINE: Final = ("coupled-http", "streamed-best", "streamed-4hz")


def distributions(results: Results) -> Figure:
    """Draw the samples of every target, operation by operation, on one logarithmic axis.

    Raises
    ------
    Missing
        When there are no samples of latency.
    """
    latencies = results.latencies
    engine = latencies.reference()
    groups = [(name, latencies.targets(engine, name)) for name in OPERATIONS]
    groups = [(operation, targets) for operation, targets in groups if targets]
    height_px = sum(_HEADER_PX + _ROW_PX * len(targets) for _, targets in groups)
    figure = plots.card(
        height_px + 130,
        f"Latency of every target, on {engine}",
        "Each hill is a histogram of all samples; | median, ¦ 99th percentile, • slower than that",
    )
    axes = plots.panel(figure, 225, 74, 420, height_px)
    axes.set_xscale("log")
    axes.set_ylim(height_px, 0)
    axes.set_yticks([])
    axes.grid(visible=True, axis="x")
    top = 0.0
    for operation, targets in groups:
        _header(axes, operation, top + _HEADER_PX - 9)
        top += _HEADER_PX
        for target in targets:
            samples = latencies.samples(Key(engine, operation, target))
            _hill(axes, target, samples, top + _ROW_PX - 4)
            top += _ROW_PX
    plots.milliseconds(axes.xaxis)
    axes.set_xlabel("milliseconds, logarithmic")
    return figure


def _header(axes: Axes, operation: str, y: float) -> None:
    transform = axes.get_yaxis_transform()
    axes.text(-0.48, y, operation, transform=transform, fontsize=9.5, fontweight="bold")
    for x, text in ((1.15, "median"), (1.29, "p99"), (1.39, "n")):
        axes.text(x, y, text, transform=transform, fontsize=8, color=plots.SOFT, ha="right")


def _hill(axes: Axes, target: str, samples: Samples, base: float) -> None:
    """Draw one row: its name, a histogram standing on `base`, its marks and its numbers."""
    colour, transform = plots.colour(target), axes.get_yaxis_transform()
    logs = np.log10(np.asarray(samples, dtype=float))
    first = np.floor(logs.min() * _BINS_A_DECADE)
    edges = np.arange(first, np.ceil(logs.max() * _BINS_A_DECADE) + 2) / _BINS_A_DECADE
    heights, _ = np.histogram(logs, edges)
    tops = base - heights / heights.max() * (_ROW_PX - 7)
    axes.stairs(tops, 10**edges, baseline=base, fill=True, color=colour, alpha=0.45, linewidth=0)
    middle = median(samples)
    axes.vlines(middle, base - _ROW_PX + 6, base + 1, color=colour, linewidth=2)
    tail = wording.NONE
    if len(samples) >= FEWEST_FOR_P99:
        slow = p99(samples)
        tail = wording.number(slow)
        axes.vlines(slow, base - 11, base + 1, color=colour, linewidth=1.3, linestyle=(0, (2, 1)))
        beyond = [value for value in samples if value > slow]
        axes.plot(beyond, [base - 3] * len(beyond), "o", color=colour, markersize=2.2, alpha=0.7)
    name = wording.target(target)
    axes.text(-0.02, base - 2, name, transform=transform, ha="right", color=plots.ink(target))
    for x, text in ((1.15, wording.number(middle)), (1.29, tail), (1.39, str(len(samples)))):
        axes.text(x, base - 2, text, transform=transform, ha="right")


def headline(results: Results) -> Figure:
    """Draw the updates of both designs on one linear axis.

    Raises
    ------
    Missing, TooFewSamples
        When one of the designs was not measured, or not often enough.
    """
    latencies = results.latencies
    engine = latencies.reference()
    samples = {name: latencies.samples(Key(engine, "update", name)) for name in _HEADLINE}
    middles = {name: median(values) for name, values in samples.items()}
    times = latencies.ratio(Key(engine, "update", "streamed-4hz"), "coupled-http").median
    figure = plots.card(
        250,
        f"The new state is back in {wording.ms(middles['coupled-http'])}; "
        f"through streams it takes {times:.0f} times as long",
        "One action on an order, from sending to the new state, over sockets of one machine. "
        "| median, bar: 5th to 95th percentile",
    )
    axes = plots.panel(figure, 225, 70, 555, 130)
    axes.set_ylim(2.6, -0.6)
    axes.set_yticks([])
    axes.grid(visible=True, axis="x")
    highest = max(quantile(values, 0.95) for values in samples.values())
    axes.set_xlim(0, highest * 1.18)
    for row, name in enumerate(_HEADLINE):
        low, high = quantile(samples[name], 0.05), quantile(samples[name], 0.95)
        bar, ink = plots.colour(name), plots.ink(name)
        axes.barh(row, high - low, left=low, height=0.42, color=bar, alpha=0.35)
        axes.vlines(middles[name], row - 0.3, row + 0.3, color=bar, linewidth=3)
        plots_labels.row_label(axes, row, wording.target(name), ink)
        plots_labels.beside(axes, high, row, wording.ms(middles[name]), ink)
    axes.set_xlabel("milliseconds")
    return figure
