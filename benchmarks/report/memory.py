"""The resident memory of a warm process."""

from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.report import drawing, wording
from benchmarks.report.budgets import DISPATCHES, limit_of
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures

_TABLE_ROWS: Final = 10
_MIB: Final = 2**20


def _resident(results: Results, process: str) -> dict[int, int]:
    """Return resident bytes by number of dispatches, rising."""
    found = results.memory.filter(process=process).sort("dispatches")
    return dict(found.select("dispatches", "resident_bytes").iter_rows())


def figures(results: Results) -> Figures:
    """Return the sizes of both processes, in all and in about ten rows, the last one included."""
    own, bare = (_resident(results, process) for process in ("service", "boto3"))
    counts = sorted(own.keys() | bare.keys())
    every = max(1, (len(counts) - 1) // _TABLE_ROWS)
    rows = [(count, own.get(count), bare.get(count)) for count in counts]
    return {
        "service": list(own.items()),
        "boto3": list(bare.items()),
        "rows": [*rows[:-1:every], *rows[-1:]],
        "growing": limit_of("memory_growth"),
        "per": DISPATCHES,
    }


def draw(results: Results) -> Figure | None:
    """Draw the resident memory of the service over its dispatches, beside bare boto3's."""
    own, bare = (
        [(count, size / _MIB) for count, size in _resident(results, process).items()]
        for process in ("service", "boto3")
    )
    if not own:
        return None
    last = max(count for count, _ in (*own, *bare))
    lines = [("the service", own, drawing.COUPLED, "-")]
    if bare:
        limit = limit_of("memory") * bare[0][1]
        lines.append(("bare boto3", bare, drawing.FLOOR, "-"))
        lines.append(("budget", [(0, limit), (last, limit)], drawing.FLOOR, "--"))
    figure = drawing.card(300, "Resident memory over dispatches", "Warm processes, 1000 streams")
    axes = drawing.panel(figure, 62, 72, 560, 176)
    ends = []
    for name, points, colour, style in lines:
        axes.plot(*zip(*points, strict=True), color=colour, linestyle=style)
        end, size = points[-1]
        ends.append((end, size, f"{name}: {wording.number(size)} MiB", colour))
    axes.set_xlim(0, last)
    axes.set_ylim(0, None)
    drawing.ends(axes, ends)
    axes.set_ylabel("MiB")
    axes.set_xlabel("dispatches")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: wording.whole(value)))
    return figure
