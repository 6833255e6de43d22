"""What a process costs: its start, by package, and its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from matplotlib.ticker import FuncFormatter

from benchmarks.report import plots, plots_labels, wording
from benchmarks.report.budgets import MEMORY_LIMIT
from benchmarks.report.latency import Missing
from benchmarks.report.measured import resident
from benchmarks.report.packages import OF_BOTO3, STANDARD_LIBRARY, by_package
from benchmarks.report.statistics import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from benchmarks.report.results import Results

_ROW_PX: Final = 22
_HEADER_PX: Final = 52
_KEY: Final = (
    ("boto3 and what it depends on", plots.SOFT, plots.FLOOR),
    ("the service and what else it needs", plots.COUPLED, plots.COUPLED),
    ("standard library, and small ones", plots.SOFT, plots.FAINT),
)
_MIB: Final = 2**20
_PACKAGES: Final = 14
_PROCESSES: Final = (
    ("boto3", "bare boto3 client", plots.FLOOR),
    ("service", "the service", plots.COUPLED),
)


def cold(results: Results) -> Figure:
    """Draw the CPU time of a start beside bare boto3's, and the packages that are imported.

    Raises
    ------
    Missing
        When neither starts nor imports were measured.
    """
    starts = []
    for process, label, colour in _PROCESSES:
        cpu_ms = [
            row.cpu_ms for row in results.starts if (row.process, row.phase) == (process, "init")
        ]
        if cpu_ms:
            starts.append((label, colour, median(cpu_ms)))
    imports = _imports(results)
    sections = [
        (title, bars)
        for title, bars in (
            ("CPU until ready for a request", starts),
            ("Time to import what the service needs, by package, traced by Python", imports),
        )
        if bars
    ]
    if not sections:
        raise Missing("cold starts")
    height_px = sum(_HEADER_PX + _ROW_PX * len(bars) for _, bars in sections)
    figure = plots.card(height_px + 96, "The start of a fresh process", "Medians, on this machine")
    plots_labels.key(figure, _KEY)
    top: float = 76
    for title, bars in sections:
        axes = plots.panel(figure, 225, top + 34, 565, _ROW_PX * len(bars))
        axes.set_title(title)
        _bars(axes, bars)
        top += _HEADER_PX + _ROW_PX * len(bars)
    return figure


def _imports(results: Results) -> list[tuple[str, str, float]]:
    """Give the dearest packages, and all others as one."""
    costs = by_package(results.imports)
    if len(costs) <= _PACKAGES:
        return [(cost.name, _colour(cost.name), cost.self_ms) for cost in costs]
    shown, rest = costs[: _PACKAGES - 1], costs[_PACKAGES - 1 :]
    bars = [(cost.name, _colour(cost.name), cost.self_ms) for cost in shown]
    return [*bars, (f"{len(rest)} others", plots.FAINT, sum(cost.self_ms for cost in rest))]


def _colour(package: str) -> str:
    if package in OF_BOTO3:
        return plots.FLOOR
    return plots.FAINT if package == STANDARD_LIBRARY else plots.COUPLED


def _bars(axes: Axes, bars: list[tuple[str, str, float]]) -> None:
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, max(value for _, _, value in bars) * 1.14)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines.bottom.set_visible(False)
    for row, (label, colour, value) in enumerate(bars):
        axes.barh(row, value, height=0.66, color=colour)
        plots_labels.row_label(axes, row, label, plots.INK)
        plots_labels.beside(axes, value, row, wording.ms(value), plots.SOFT)


def memory(results: Results) -> Figure:
    """Draw the resident memory of the service over its dispatches, beside bare boto3's.

    Raises
    ------
    Missing
        When the service's was not measured.
    """
    service, bare = resident(results, "service"), resident(results, "boto3")
    if not service:
        raise Missing("memory")
    figure = plots.card(300, "Resident memory over dispatches", "Warm processes, 1000 streams")
    axes = plots.panel(figure, 62, 72, 560, 176)
    last = max(dispatches for dispatches, _ in (*service, *bare))
    lines: list[tuple[str, Sequence[tuple[int, float]], str, str]] = [
        ("the service", service, plots.COUPLED, "-")
    ]
    if bare:
        limit = MEMORY_LIMIT * bare[0][1]
        lines.append(("bare boto3", bare, plots.FLOOR, "-"))
        lines.append(("budget", [(0, limit), (last, limit)], plots.FLOOR, "--"))
    labels = []
    for name, points, colour, style in lines:
        sizes = [size / _MIB for _, size in points]
        axes.plot([x for x, _ in points], sizes, color=colour, linestyle=style)
        text = f"{name}: {wording.number(sizes[-1])} MiB"
        labels.append((points[-1][0], sizes[-1], text, colour))
    axes.set_xlim(0, last)
    axes.set_ylim(0, None)
    plots_labels.ends(axes, labels)
    axes.set_ylabel("MiB")
    axes.set_xlabel("dispatches")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.count(value)))
    return figure
