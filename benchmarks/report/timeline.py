"""A typical request through each design, step by step."""

from typing import Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.measures.timeline import ENGINE_ANSWERED
from benchmarks.report import drawing, wording
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures

_ROW_PX: Final = 21
_GAP_PX: Final = 68
_NEAR_END: Final = 0.8
"""From this share of the axis on, a number does not fit right of its bar."""
_WIDE: Final = 0.25
"""From this share of the axis on, a bar is wide enough to hold its number."""


def typical_requests(steps: pl.DataFrame) -> dict[str, list[Figures]]:
    """Return, for each target, its steps: means of the middle half of the requests, by duration.

    ``took_ms`` is the time since the step before, so that together they are the mean duration.
    """
    found = {}
    for target in sorted(steps["target"].unique(), key=wording.order):
        requests = steps.filter(target=target)
        ends = requests.group_by("request").agg(pl.col("at_ms").max()).sort("at_ms", "request")
        quarter = len(ends) // 4
        middle = requests.join(ends[quarter : len(ends) - quarter], on="request", how="semi")
        means = middle.group_by("position", "step").agg(pl.col("at_ms").mean()).sort("position")
        took_ms = pl.col("at_ms") - pl.col("at_ms").shift(1, fill_value=0.0)
        found[target] = means.with_columns(took_ms=took_ms).rows(named=True)
    return found


def figures(results: Results) -> Figures:
    """Return, for each target, the end of its typical request, its steps and its two longest."""
    targets = []
    for target, steps in typical_requests(results.timeline).items():
        longest = sorted(steps, key=lambda step: -step["took_ms"])[:2]
        total_ms = steps[-1]["at_ms"]
        percent = 100 * sum(step["took_ms"] for step in longest) / total_ms
        targets.append((wording.target(target), total_ms, steps, longest, percent))
    return {"targets": targets, "awaited": ENGINE_ANSWERED}


def draw(results: Results) -> Figure | None:
    """Draw the slowest design in milliseconds, and the coupled one enlarged, in microseconds."""
    requests = typical_requests(results.timeline)
    if not requests:
        return None
    end_ms = {target: steps[-1]["at_ms"] for target, steps in requests.items()}
    lanes = {max(requests, key=lambda target: end_ms[target]): "ms"}
    lanes |= {target: "µs" for target in requests if target == "coupled-warm"}
    height_px = sum(_GAP_PX + _ROW_PX * len(requests[target]) for target in lanes)
    figure = drawing.card(
        height_px + 72,
        "A typical request, step by step",
        "An update, the mean of the middle half; each bar begins where the step before it ended. "
        "The coupled design is called in process.",
    )
    top: float = 72
    for target, unit in lanes.items():
        steps, scale = requests[target], {"ms": 1, "µs": 1000}[unit]
        axes = drawing.panel(figure, 290, top + 24, 500, _ROW_PX * len(steps))
        end = f"{wording.number(end_ms[target] * scale)}{wording.SPACE}{unit}"
        axes.set_title(f"{wording.target(target)}: {end}", color=drawing.ink(target))
        _lane(axes, target, steps, scale, unit)
        top += _GAP_PX + _ROW_PX * len(steps)
    return figure


def _lane(axes: Axes, target: str, steps: list[Figures], scale: int, unit: str) -> None:
    drawing.rows(axes, [(step["step"], drawing.INK) for step in steps])
    longest = steps[-1]["at_ms"] * scale * 1.02
    axes.set_xlim(0, longest)
    ink = drawing.ink(target)
    for row, step in enumerate(steps):
        at, took = step["at_ms"] * scale, step["took_ms"] * scale
        bar = drawing.FLOOR if step["step"] == ENGINE_ANSWERED else drawing.colour(target)
        axes.barh(row, took, left=at - took, height=0.62, color=bar, edgecolor=bar)
        text = f"{wording.number(took)}{wording.SPACE}{unit}"
        if at < _NEAR_END * longest:
            drawing.beside(axes, at, row, text, ink)
        elif took > _WIDE * longest:
            drawing.beside(axes, at, row, text, "white", left=True)
        else:
            drawing.beside(axes, at - took, row, text, ink, left=True)
    axes.set_xlabel(f"{unit} since the request was sent", loc="left")
