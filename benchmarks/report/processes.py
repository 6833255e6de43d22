"""Fresh processes: their start, what its imports cost, and the resident memory of warm ones."""

import sys
from collections.abc import Callable
from typing import Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report import drawing, wording
from benchmarks.report.budgets import DISPATCHES, limit_of
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures, quantile, summary

STANDARD_LIBRARY: Final = "standard library"

_PHASES: Final = {"init": "ready for a request", "answer": "first answer"}
_PROCESSES: Final = {
    "boto3": ("bare boto3 client", drawing.FLOOR),
    "service": ("the service", drawing.COUPLED),
    "another-store": ("with one more store", drawing.COUPLED),
}
_TABLE_ROWS: Final = 20
_BARS: Final = 14
_ROW_PX: Final = 22
_HEADER_PX: Final = 52
_KEY: Final = (
    ("the service and its dependencies", drawing.COUPLED, drawing.COUPLED),
    ("standard library", drawing.SOFT, drawing.FAINT),
)
_MEMORY_ROWS: Final = 10


def package_of(module: str) -> str:
    """Name the top-level package of a module; the standard library counts as one."""
    top = module.split(".", maxsplit=1)[0]
    own = top in sys.stdlib_module_names or top.startswith("_sysconfigdata_")
    return STANDARD_LIBRARY if own else top


def import_costs(imports: pl.DataFrame, of: Callable[[str], str] = str) -> list[Figures]:
    """Return the median cost of groups of modules over fresh processes, the most expensive first.

    `of` names the group of a module, such as `package_of`. ``self_ms`` is the cost of its own code;
    ``cumulative_ms`` includes everything that it was the first to import.
    """
    names = pl.Series("name", [of(module) for module in imports["module"]], pl.String)
    parents = pl.Series("from", [of(parent) for parent in imports["parent"]], pl.String)
    whole_us = pl.col("cumulative_us").filter(pl.col("from") != pl.col("name"))
    costs = (
        imports.with_columns(names, parents)
        .group_by("name", "round")
        .agg(self_ms=pl.col("self_us").sum(), cumulative_ms=whole_us.sum())
        .group_by("name")
        .agg(pl.col("self_ms", "cumulative_ms").median() / 1000)
        .sort("self_ms", "name", descending=[True, False])
    )
    return costs.rows(named=True)


def _ready_ms(results: Results) -> dict[str, float]:
    """Return the median CPU time until ready for a request, of each process that was measured."""
    starts = results.cold.filter(phase="init")
    cpu_ms = {process: starts.filter(process=process)["cpu_ms"] for process in _PROCESSES}
    return {process: quantile(values) for process, values in cpu_ms.items() if len(values)}


def _store_ms(results: Results) -> float | None:
    """Return the CPU time that one more store adds, the median over the rounds."""
    ready = results.cold.filter(phase="init").pivot("process", index="round", values="cpu_ms")
    if not {"another-store", "service"} <= set(ready.columns):
        return None
    return quantile(ready["another-store"] - ready["service"])


def figures(results: Results) -> Figures:
    """Return the costs of starts, imports by package and by module, and the size deployed."""
    cpu, wall = summary("cpu_ms"), summary("wall_ms")
    starts = (
        results.cold.group_by("process", "phase")
        .agg(n=cpu["n"], cpu=cpu["p50"], cpu_p90=cpu["p90"], wall=wall["p50"], wall_p90=wall["p90"])
        .sort("process", pl.col("phase") != "init")
        .with_columns(pl.col("phase").replace(_PHASES))
    )
    packages = import_costs(results.imports, package_of)
    modules = import_costs(results.imports)
    return {
        "ready_ms": _ready_ms(results),
        "store_ms": _store_ms(results),
        "modules": results.imports["module"].n_unique(),
        "dearest": [row for row in packages if row["name"] != STANDARD_LIBRARY][:3],
        "starts": starts.rows(named=True),
        "imports": {"package": packages[:_TABLE_ROWS], "module": modules[:_TABLE_ROWS]},
        "sizes": results.package.rows(named=True),
    }


def draw(results: Results) -> Figure | None:
    """Draw the CPU time of a start beside bare boto3's, and the packages that are imported."""
    starts = [(*_PROCESSES[process], value) for process, value in _ready_ms(results).items()]
    sections = {
        "CPU until ready for a request": starts,
        "Time to import what the service needs, by package, traced by Python": _imports(results),
    }
    sections = {title: bars for title, bars in sections.items() if bars}
    if not sections:
        return None
    height_px = sum(_HEADER_PX + _ROW_PX * len(bars) for bars in sections.values())
    figure = drawing.card(
        height_px + 96, "The start of a fresh process", "Medians, on this machine"
    )
    drawing.key(figure, _KEY)
    top: float = 76
    for title, bars in sections.items():
        axes = drawing.panel(figure, 225, top + 34, 565, _ROW_PX * len(bars), title=title)
        _draw_bars(axes, bars)
        top += _HEADER_PX + _ROW_PX * len(bars)
    return figure


def _imports(results: Results) -> list[tuple[str, str, float]]:
    """Return the most expensive packages as bars."""
    shown = import_costs(results.imports, package_of)[:_BARS]
    colours = {STANDARD_LIBRARY: drawing.FAINT}
    own = drawing.COUPLED
    return [(row["name"], colours.get(row["name"], own), row["self_ms"]) for row in shown]


def _draw_bars(axes: Axes, bars: list[tuple[str, str, float]]) -> None:
    drawing.rows(axes, [(name, drawing.INK) for name, _, _ in bars], bars_only=True)
    axes.set_xlim(0, max(value for _, _, value in bars) * 1.14)
    for row, (_, colour, value) in enumerate(bars):
        axes.barh(row, value, height=0.66, color=colour)
        drawing.beside(axes, value, row, wording.ms(value), drawing.SOFT)


def _resident(results: Results, process: str) -> dict[int, int]:
    """Return resident bytes by number of dispatches, rising."""
    found = results.memory.filter(process=process).sort("dispatches")
    return dict(found.select("dispatches", "resident_bytes").iter_rows())


def memory(results: Results) -> Figures:
    """Return the sizes of both processes, in all and in about ten rows, the last one included."""
    own, bare = (_resident(results, process) for process in ("service", "boto3"))
    counts = sorted(own.keys() | bare.keys())
    every = max(1, (len(counts) - 1) // _MEMORY_ROWS)
    rows = [(count, own.get(count), bare.get(count)) for count in counts]
    return {
        "service": list(own.items()),
        "boto3": list(bare.items()),
        "rows": [*rows[:-1:every], *rows[-1:]],
        "growing": limit_of("memory_growth"),
        "per": DISPATCHES,
    }
