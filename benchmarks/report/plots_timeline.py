"""One median request through each design, step by step."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from benchmarks.report import plots, plots_labels, wording
from benchmarks.report.latency import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from benchmarks.report.results import Results
    from benchmarks.samples import Step

_ROW_PX: Final = 21
_GAP_PX: Final = 68
_NEAR: Final = 0.8
"""From this part of the axis on, a number stands left of its bar."""
_WIDE: Final = 0.25
"""Or in it, if it is this part of the axis."""


def median_requests(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """Choose, for each target, the request whose end is the median (the lower of a middle two).

    Parameters
    ----------
    steps
        Of any number of requests.

    Returns
    -------
    dict
        Target to the steps of one request, in their order; targets in the report's order.
    """
    requests: dict[str, dict[int, list[Step]]] = defaultdict(lambda: defaultdict(list))
    for step in sorted(steps, key=lambda step: (step.request, step.position)):
        requests[step.target][step.request].append(step)
    chosen = {}
    for target in sorted(requests, key=wording.order):
        by_end = sorted(requests[target].values(), key=lambda request: request[-1].at_ms)
        chosen[target] = by_end[(len(by_end) - 1) // 2]
    return chosen


def timeline(results: Results) -> Figure:
    """Draw the steps of both designs on one linear axis, and those of the coupled one enlarged.

    Raises
    ------
    Missing
        When no steps were recorded.
    """
    requests = median_requests(results.steps)
    if not requests:
        raise Missing("the steps of a request")
    coupled = [target for target in requests if target.startswith("coupled")][:1]
    slowest = max(requests, key=lambda target: requests[target][-1].at_ms)
    end_ms = requests[slowest][-1].at_ms
    lanes = [(target, end_ms) for target in dict.fromkeys((*coupled, slowest))]
    lanes += [(target, requests[target][-1].at_ms) for target in coupled if target != slowest]
    height_px = sum(_GAP_PX + _ROW_PX * len(requests[target]) for target, _ in lanes)
    figure = plots.card(
        height_px + 72,
        "One median request, step by step",
        "An update; each bar reaches from the end of the step before to the end of its own. "
        "The coupled design is called in process.",
    )
    top: float = 72
    for target, longest_ms in lanes:
        steps = requests[target]
        axes = plots.panel(figure, 290, top + 24, 500, _ROW_PX * len(steps))
        title = f"{wording.target(target)}: {wording.ms(steps[-1].at_ms)}"
        if longest_ms < end_ms:
            title += f", enlarged {end_ms / longest_ms:.0f} times"
        axes.set_title(title, color=plots.ink(target))
        _lane(axes, target, steps, longest_ms * 1.02)
        top += _GAP_PX + _ROW_PX * len(steps)
    return figure


def _lane(axes: Axes, target: str, steps: Sequence[Step], longest_ms: float) -> None:
    axes.set_xlim(0, longest_ms)
    axes.set_ylim(len(steps) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(visible=True, axis="x")
    before_ms = 0.0
    for row, step in enumerate(steps):
        took_ms = step.at_ms - before_ms
        bar = plots.colour(target)
        axes.barh(row, took_ms, left=before_ms, height=0.62, color=bar, edgecolor=bar)
        plots_labels.row_label(axes, row, step.step, plots.INK)
        text = wording.ms(took_ms)
        if step.at_ms < _NEAR * longest_ms:
            plots_labels.beside(axes, step.at_ms, row, text, plots.ink(target))
        elif took_ms > _WIDE * longest_ms:
            plots_labels.beside(axes, step.at_ms, row, text, "white", left=True)
        else:
            plots_labels.beside(axes, before_ms, row, text, plots.ink(target), left=True)
        before_ms = step.at_ms
    axes.set_xlabel("milliseconds since it was sent", loc="left")
