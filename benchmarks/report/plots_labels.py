"""Text beside what it names: keys of colours, names of rows, numbers at the ends of lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from matplotlib.lines import Line2D

from benchmarks.report.plots import PX_AN_INCH, WIDTH_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PT_AN_INCH: Final = 72
_LINE_PT: Final = 12.5


def key(figure: Figure, entries: Sequence[tuple[str, str, str]], *, left: float = 22) -> None:
    """Name the colours below the headline, each with a stroke of it.

    Parameters
    ----------
    figure
        Made by `card`.
    entries
        Text, its colour, and the colour of the stroke.
    left
        Where the first begins, in px.
    """
    y = 1 - 69 / (figure.get_figheight() * PX_AN_INCH)
    for text, text_colour, stroke in entries:
        xs = (left / WIDTH_PX, (left + 16) / WIDTH_PX)
        figure.add_artist(Line2D(xs, (y, y), color=stroke, linewidth=3))
        written = figure.text(
            xs[1] + 6 / WIDTH_PX, y, text, color=text_colour, va="center_baseline"
        )
        left += 16 + 6 + 22 + written.get_window_extent().width


def row_label(axes: Axes, y: float, text: str, colour: str) -> None:
    """Write the name of a row left of the axes, `y` in the axes' data."""
    axes.annotate(
        text,
        (0, y),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-8, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=colour,
    )


def ends(axes: Axes, labels: Sequence[tuple[float, float, str, str]]) -> None:
    """Write at the ends of lines, apart from each other however near the lines are.

    Parameters
    ----------
    axes
        Its limits and scales must be final.
    labels
        Of each line where it ends, in the axes' data; the text; its colour.
    """
    inch = axes.get_figure().dpi  # type: ignore[union-attr]
    free = -math.inf
    for x, y, text, colour in sorted(labels, key=lambda label: label[1]):
        at = axes.transData.transform((x, y))[1]
        put = max(at, free)
        free = put + _LINE_PT / _PT_AN_INCH * inch
        shift = (put - at) / inch * _PT_AN_INCH
        beside(axes, x, y, text, colour, up=shift)


def beside(
    axes: Axes, x: float, y: float, text: str, colour: str, *, left: bool = False, up: float = 0
) -> None:
    """Write right of what ends at a point, or left of what begins there.

    Parameters
    ----------
    axes
        Where.
    x, y
        The point, in the axes' data.
    text, colour
        What.
    left
        Whether it stands left of the point.
    up
        How far above the point, in pt.
    """
    axes.annotate(
        text,
        (x, y),
        xytext=(-6 if left else 6, up),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        color=colour,
        fontweight="bold",
    )
