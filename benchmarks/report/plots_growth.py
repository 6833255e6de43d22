"""How costs move with sizes, and how writers get on with each other."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Final

from benchmarks.report import plots, plots_labels, wording
from benchmarks.report.growth import SHARED, SUBJECTS, Curve, Curves
from benchmarks.report.latency import Missing
from benchmarks.report.statistics import median, quantile

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from benchmarks.report.results import Results
    from benchmarks.report.statistics import Samples

_METRICS: Final = {"elapsed_ms": "milliseconds", "write_units": "write units"}
_CONTENTION: Final[tuple[tuple[str, str, Callable[[Samples], float]], ...]] = (
    ("attempts", "transactions sent for an append, mean", mean),
    ("appends_per_s", "appends a second, median", median),
)
_WRITERS: Final = (
    ("writers", "on one stream", plots.COUPLED),
    ("writers-apart", "each on streams of its own", plots.SOFT),
)
_PANEL_PX: Final = 150
_MARKERS: Final = ("o", "s", "^", "D", "v")


def growth(results: Results) -> Figure:
    """Draw latency and write units against each size, one column a size.

    Raises
    ------
    Missing
        When nothing of it was measured.
    """
    curves = results.curves
    subjects = [
        subject
        for subject in SUBJECTS
        if any(curves.targets(subject, metric) for metric in _METRICS)
    ]
    if not subjects:
        raise Missing("growth")
    targets = sorted(
        {
            target
            for subject in subjects
            for metric in _METRICS
            for target in curves.targets(subject, metric)
        },
        key=wording.order,
    )
    figure = plots.card(
        500, "What grows, and what does not", "Median of a request, and the middle half of samples"
    )
    plots_labels.key(
        figure, [(wording.target(name), plots.ink(name), plots.colour(name)) for name in targets]
    )
    width = (plots.WIDTH_PX - 80) / len(subjects)
    for column, subject in enumerate(subjects):
        for row, metric in enumerate(_METRICS):
            left, top = 62 + column * width, 114 + row * (_PANEL_PX + 28)
            axes = plots.panel(figure, left, top, width - 36, _PANEL_PX)
            for index, target in reversed(list(enumerate(targets))):
                _curve(axes, curves, Curve(subject, metric, target), _MARKERS[index])
            axes.set_ylim(0, None)
            plots.sizes(axes)
            if column == 0:
                axes.set_ylabel(_METRICS[metric])
            if row == 0:
                axes.set_title(SUBJECTS[subject])
            elif subject in SHARED:
                axes.set_xlabel("each action's share")
    return figure


def _curve(axes: Axes, curves: Curves, curve: Curve, marker: str) -> None:
    sizes = curves.sizes(curve)
    if not sizes:
        return
    shares = [
        [value / (size if curve.subject in SHARED else 1) for value in curves.samples(curve, size)]
        for size in sizes
    ]
    colour = plots.colour(curve.target)
    axes.plot(sizes, [median(values) for values in shares], color=colour, marker=marker)
    axes.fill_between(
        sizes,
        [quantile(values, 0.25) for values in shares],
        [quantile(values, 0.75) for values in shares],
        color=colour,
        alpha=0.18,
        linewidth=0,
    )


def writers(results: Results) -> Figure:
    """Draw what writers on one stream cost each other, beside writers on streams of their own.

    Raises
    ------
    Missing
        When they were not measured.
    """
    curves = results.curves
    figure = plots.card(
        320, "Writers at the same time", "Each sends its next action as soon as it has its answer"
    )
    plots_labels.key(figure, [(name, colour, colour) for _, name, colour in _WRITERS])
    drawn = False
    for column, (metric, label, take) in enumerate(_CONTENTION):
        axes = plots.panel(figure, 62 + column * 400, 118, 310, 148)
        axes.set_title(label)
        labels = []
        for subject, _, colour in _WRITERS:
            for target in curves.targets(subject, metric):
                curve = Curve(subject, metric, target)
                sizes = curves.sizes(curve)
                values = [take(curves.samples(curve, size)) for size in sizes]
                axes.plot(sizes, values, "o-", color=colour)
                labels.append((sizes[-1], values[-1], wording.number(values[-1]), colour))
                drawn = True
        axes.set_ylim(0, None)
        plots.sizes(axes, base=2)
        plots_labels.ends(axes, labels)
        axes.set_xlabel("writers")
    if not drawn:
        raise Missing("writers at the same time")
    return figure
