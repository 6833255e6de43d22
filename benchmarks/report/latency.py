"""Latency of requests: every target and operation, and the two designs in one plot."""

from typing import Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report import drawing, statistics, wording
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures, NotMeasured, Ratio, quantile

REFERENCE: Final = "dynamodb-local"
"""The engine that budgets refer to."""
OPERATIONS: Final = ("create", "update", "read")

_FLOORS: Final = {"coupled-cold-cache": "floor-get-transact"}
_COMPARED: Final = ("coupled-http", "streamed-best", "streamed-4hz")
_NO_FLOOR: Final = [wording.NONE] * 2
_ROW_PX: Final = 25
_HEADER_PX: Final = 30
_BINS_PER_DECADE: Final = 60


def engines(frame: pl.DataFrame) -> list[str]:
    """Name the engines, the reference first."""
    return sorted(frame["engine"].unique(), key=lambda name: (name != REFERENCE, name))


def main_engine(results: Results) -> str:
    """Name the engine of plots and text: the reference if it was measured, otherwise the first."""
    return next(iter(engines(results.latency)), REFERENCE)


def ratio(frame: pl.DataFrame, engine: str, operation: str, target: str, to: str) -> Ratio:
    """Compare a target with another one that did the same in the same rounds."""
    return statistics.ratio_of_rounds(
        statistics.rounds(frame, "elapsed_ms", engine=engine, operation=operation, target=target),
        statistics.rounds(frame, "elapsed_ms", engine=engine, operation=operation, target=to),
    )


def floor_of(target: str, operation: str) -> str | None:
    """Name the boto3 call that is the lower bound of a target; a floor has none."""
    if target.startswith("floor-"):
        return None
    return "floor-get" if operation == "read" else _FLOORS.get(target, "floor-transact")


def rows(frame: pl.DataFrame, engine: str) -> list[Figures]:
    """Return n, p50, p90, p99, ``over_floor`` (boto3) and ``over_own`` (lean client) of each."""
    found = frame.filter(engine=engine).group_by("operation", "target")
    summaries = found.agg(**statistics.summary("elapsed_ms")).rows(named=True)
    for row in summaries:
        floor = floor_of(row["target"], row["operation"])
        own = floor and floor.replace("floor-", "floor-own-")
        row["over_floor"], row["over_own"] = (_over(frame, engine, row, to) for to in (floor, own))
    return sorted(
        summaries,
        key=lambda row: (OPERATIONS.index(row["operation"]), wording.order(row["target"])),
    )


def _over(frame: pl.DataFrame, engine: str, row: Figures, floor: str | None) -> Ratio | None:
    try:
        return ratio(frame, engine, row["operation"], row["target"], floor) if floor else None
    except NotMeasured:
        return None


def as_text(frame: pl.DataFrame, engine: str) -> str:
    """Write the table of an engine for a terminal."""
    headings = "operation|target|n|median|p90|p99|/ floor|middle half of rounds"
    cells = []
    for row in rows(frame, engine):
        numbers = [wording.number(row[name]) for name in ("p50", "p90", "p99")]
        name, over = wording.target(row["target"]), row["over_floor"]
        ratios = [wording.ratio(over.median), wording.span(*over[1:3])] if over else _NO_FLOOR
        cells.append([row["operation"], name, wording.whole(row["n"]), *numbers, *ratios])
    return wording.columns(f"Latency in ms, on {engine}", headings.split("|"), cells)


def figures(results: Results) -> Figures:
    """Return the rows of each engine, and those of updates on the main one by target."""
    found = {engine: rows(results.latency, engine) for engine in engines(results.latency)}
    main = found.get(main_engine(results), [])
    updates = {row["target"]: row for row in main if row["operation"] == "update"}
    return {"engines": found, "updates": updates}


def headline(results: Results) -> Figures:
    """Compare updates in both designs over sockets; without ``times`` if one was not measured."""
    frame, engine = results.latency, main_engine(results)
    try:
        times = {name: ratio(frame, engine, "update", name, _COMPARED[0]) for name in _COMPARED}
    except NotMeasured as reason:
        return {"times": {}, "reason": reason}
    updates = frame.filter(engine=engine, operation="update")
    found = updates.group_by("target").agg(**statistics.summary("elapsed_ms")).rows(named=True)
    return {
        "times": times,
        "values": {name: updates.filter(target=name)["elapsed_ms"] for name in _COMPARED},
        "updates": {row["target"]: row for row in found},
    }


def draw(results: Results) -> Figure | None:
    """Draw the samples of every target, operation by operation, on one logarithmic axis."""
    if results.latency.is_empty():
        return None
    engine = main_engine(results)
    found = rows(results.latency, engine)
    operations = list(dict.fromkeys(row["operation"] for row in found))
    height_px = _HEADER_PX * len(operations) + _ROW_PX * len(found)
    figure = drawing.card(
        height_px + 130,
        f"Latency of every target, on {engine}",
        "Each row is a histogram of all samples; | median, ¦ 99th percentile, • slower samples",
    )
    axes = drawing.panel(figure, 225, 74, 420, height_px)
    axes.set_xscale("log")
    axes.set_ylim(height_px, 0)
    axes.set_yticks([])
    axes.grid(visible=True, axis="x")
    top = 0.0
    for operation in operations:
        _header(axes, operation, top + _HEADER_PX - 9)
        top += _HEADER_PX
        for row in found:
            if row["operation"] == operation:
                of = {"engine": engine, "operation": operation, "target": row["target"]}
                samples = results.latency.filter(**of)["elapsed_ms"]
                _histogram(axes, row, samples, top + _ROW_PX - 4)
                top += _ROW_PX
    drawing.milliseconds(axes.xaxis)
    axes.set_xlabel("milliseconds, logarithmic")
    return figure


def _header(axes: Axes, operation: str, y: float) -> None:
    transform = axes.get_yaxis_transform()
    axes.text(-0.48, y, operation, transform=transform, fontsize=9.5, fontweight="bold")
    for x, text in ((1.15, "median"), (1.29, "p99"), (1.39, "n")):
        axes.text(x, y, text, transform=transform, fontsize=8, color=drawing.SOFT, ha="right")


def _histogram(axes: Axes, row: Figures, samples: pl.Series, base: float) -> None:
    """Draw a row: its name, a histogram that stands on `base`, its marks and its numbers."""
    target, slow = row["target"], row["p99"]
    colour, transform = drawing.colour(target), axes.get_yaxis_transform()
    logs = np.log10(samples.to_numpy())
    first = np.floor(logs.min() * _BINS_PER_DECADE)
    edges = np.arange(first, np.ceil(logs.max() * _BINS_PER_DECADE) + 2) / _BINS_PER_DECADE
    heights, _ = np.histogram(logs, edges)
    tops = base - heights / heights.max() * (_ROW_PX - 7)
    axes.stairs(tops, 10**edges, baseline=base, fill=True, color=colour, alpha=0.45, linewidth=0)
    axes.vlines(row["p50"], base - _ROW_PX + 6, base + 1, color=colour, linewidth=2)
    if slow is not None:
        axes.vlines(slow, base - 11, base + 1, color=colour, linewidth=1.3, linestyle=(0, (2, 1)))
        beyond = samples.filter(samples > slow)
        axes.plot(beyond, [base - 3] * len(beyond), "o", color=colour, markersize=2.2, alpha=0.7)
    name = wording.target(target)
    axes.text(-0.02, base - 2, name, transform=transform, ha="right", color=drawing.ink(target))
    numbers = (wording.number(row["p50"]), wording.number(slow), str(row["n"]))
    for x, text in zip((1.15, 1.29, 1.39), numbers, strict=True):
        axes.text(x, base - 2, text, transform=transform, ha="right")


def draw_headline(results: Results) -> Figure | None:
    """Draw the updates of both designs on one linear axis."""
    found = headline(results)
    if not found["times"]:
        return None
    figure = drawing.card(
        250,
        f"The new state is back in {wording.ms(found['updates']['coupled-http']['p50'])}; "
        f"through streams it takes {found['times']['streamed-4hz'].median:.0f} times as long",
        "One action on an order, from sending to new state, over sockets on one "
        "machine. | median, bar: 5th to 95th percentile",
    )
    axes = drawing.panel(figure, 225, 70, 555, 130)
    drawing.rows(axes, [(wording.target(name), drawing.ink(name)) for name in _COMPARED])
    axes.set_xlim(0, 1.18 * max(quantile(values, 0.95) for values in found["values"].values()))
    for row, (name, values) in enumerate(found["values"].items()):
        low, middle, high = (quantile(values, fraction) for fraction in (0.05, 0.5, 0.95))
        bar = drawing.colour(name)
        axes.barh(row, high - low, left=low, height=0.42, color=bar, alpha=0.35)
        axes.vlines(middle, row - 0.3, row + 0.3, color=bar, linewidth=3)
        drawing.beside(axes, high, row, wording.ms(middle), drawing.ink(name))
    axes.set_xlabel("milliseconds")
    return figure
