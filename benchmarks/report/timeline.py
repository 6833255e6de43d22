"""One median request through each design, step by step."""

from typing import Final

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report import drawing, wording
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures

_ROW_PX: Final = 21
_GAP_PX: Final = 68
_NEAR_END: Final = 0.8
"""From this share of the axis on, a number does not fit right of its bar."""
_WIDE: Final = 0.25
"""From this share of the axis on, a bar is wide enough to hold its number."""


def median_requests(steps: pl.DataFrame) -> dict[str, list[Figures]]:
    """Return, for each target, the steps of the request with the median end.

    Of the middle two it is the earlier one. ``took_ms`` is the time since the step before.
    """
    ends = steps.group_by("target", "request").agg(pl.col("at_ms").max()).sort("at_ms", "request")
    chosen = {}
    for target in sorted(ends["target"].unique(), key=wording.order):
        requests = ends.filter(target=target)["request"]
        request = steps.filter(target=target, request=requests[(len(requests) - 1) // 2])
        took_ms = pl.col("at_ms") - pl.col("at_ms").shift(1, fill_value=0.0)
        chosen[target] = request.sort("position").with_columns(took_ms=took_ms).rows(named=True)
    return chosen


def figures(results: Results) -> Figures:
    """Return, for each target, the end of its median request and its two longest steps."""
    targets = []
    for target, steps in median_requests(results.timeline).items():
        longest = sorted(steps, key=lambda step: -step["took_ms"])[:2]
        total_ms = steps[-1]["at_ms"]
        percent = 100 * sum(step["took_ms"] for step in longest) / total_ms
        targets.append((wording.target(target), total_ms, len(steps), longest, percent))
    return {"targets": targets}


def draw(results: Results) -> Figure | None:
    """Draw the steps of both designs on one linear axis, and those of the coupled one enlarged."""
    requests = median_requests(results.timeline)
    if not requests:
        return None
    end_ms = {target: steps[-1]["at_ms"] for target, steps in requests.items()}
    coupled = [target for target in requests if target.startswith("coupled")][:1]
    slowest = max(requests, key=lambda target: end_ms[target])
    lanes = [(target, end_ms[slowest]) for target in dict.fromkeys((*coupled, slowest))]
    lanes += [(target, end_ms[target]) for target in coupled if target != slowest]
    height_px = sum(_GAP_PX + _ROW_PX * len(requests[target]) for target, _ in lanes)
    figure = drawing.card(
        height_px + 72,
        "One median request, step by step",
        "An update; each bar begins where the step before it ended. "
        "The coupled design is called in process.",
    )
    top: float = 72
    for target, longest_ms in lanes:
        steps = requests[target]
        axes = drawing.panel(figure, 290, top + 24, 500, _ROW_PX * len(steps))
        title = f"{wording.target(target)}: {wording.ms(end_ms[target])}"
        if longest_ms < end_ms[slowest]:
            title += f", enlarged {end_ms[slowest] / longest_ms:.0f} times"
        axes.set_title(title, color=drawing.ink(target))
        _lane(axes, target, steps, longest_ms * 1.02)
        top += _GAP_PX + _ROW_PX * len(steps)
    return figure


def _lane(axes: Axes, target: str, steps: list[Figures], longest_ms: float) -> None:
    drawing.rows(axes, [(step["step"], drawing.INK) for step in steps])
    axes.set_xlim(0, longest_ms)
    bar, ink = drawing.colour(target), drawing.ink(target)
    for row, step in enumerate(steps):
        at_ms, took_ms = step["at_ms"], step["took_ms"]
        before_ms = at_ms - took_ms
        axes.barh(row, took_ms, left=before_ms, height=0.62, color=bar, edgecolor=bar)
        text = wording.ms(took_ms)
        if at_ms < _NEAR_END * longest_ms:
            drawing.beside(axes, at_ms, row, text, ink)
        elif took_ms > _WIDE * longest_ms:
            drawing.beside(axes, at_ms, row, text, "white", left=True)
        else:
            drawing.beside(axes, before_ms, row, text, ink, left=True)
    axes.set_xlabel("milliseconds since the request was sent", loc="left")
