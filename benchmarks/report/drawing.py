"""The look that all plots share: colours, axes, labels, and the file that they are saved to.

Each plot is drawn on a white card with round corners: it does not stand out on a light page, and is
legible on a dark one. Colours can be told apart by people who are colour-blind, and each design has
one hue; see ``targets.toml``.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, NullLocator
from matplotlib.transforms import Affine2D

from benchmarks.report import wording
from benchmarks.report.results import Results

STYLE: Final = Path(__file__).with_name("plots.mplstyle")
WIDTH_PX: Final = 830
"""Width of a README on GitHub."""
PX_PER_INCH: Final = 96

INK: Final = "#1f2937"
SOFT: Final = "#4b5563"
FAINT: Final = "#d1d5db"
FLOOR: Final = "#737b87"
COUPLED: Final = wording.TARGETS["coupled-warm"]["colour"]
STREAMED: Final = wording.TARGETS["streamed"]["colour"]

_INKS: Final = {"coupled": "#00644b", "streamed": "#b04a00"}
_WIDE_RANGE: Final = 2000
_PT_PER_INCH: Final = 72
_LINE_PT: Final = 12.5


def colour(target: str) -> str:
    """Return the colour of a target's shapes; an unknown target is grey."""
    return wording.TARGETS.get(target, {"colour": FLOOR})["colour"]


def ink(target: str) -> str:
    """Return the colour of text about a target: its design's hue, dark enough to be legible."""
    return _INKS.get(re.split("[-,]", target, maxsplit=1)[0], SOFT)


def milliseconds(axis: Axis) -> None:
    """Label a logarithmic axis in plain numbers, at 1, 2 and 5 of each decade if there is room."""
    low, high = axis.get_view_interval()
    labelled = (1, 2, 5) if high < _WIDE_RANGE * min(low, 10) else (1,)
    axis.set_major_locator(LogLocator(subs=labelled))
    axis.set_major_formatter(FuncFormatter(lambda value, _: wording.amount(value)))
    axis.set_minor_locator(NullLocator())


def sizes(axes: Axes) -> None:
    """Make the horizontal axis logarithmic, labelled in plain numbers: 1000 as 1k."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_minor_locator(NullLocator())


def card(height_px: float, title: str, subtitle: str = "") -> Figure:
    """Make a figure as wide as a README; title and subtitle take its first 60 px."""
    figure = Figure(figsize=(WIDTH_PX / PX_PER_INCH, height_px / PX_PER_INCH), dpi=PX_PER_INCH)
    figure.patch.set_alpha(0)
    shape = FancyBboxPatch((0, 0), WIDTH_PX, height_px, "round,pad=0,rounding_size=8", zorder=-1)
    shape.set(facecolor="white", edgecolor="none")
    shape.set_transform(Affine2D().scale(1 / PX_PER_INCH) + figure.dpi_scale_trans)
    figure.add_artist(shape)
    figure.text(22 / WIDTH_PX, 1 - 28 / height_px, title, fontsize=12, fontweight="bold")
    figure.text(22 / WIDTH_PX, 1 - 47 / height_px, subtitle, fontsize=9, color=SOFT)
    return figure


def panel(
    figure: Figure, left: float, top: float, width: float, height: float, *, title: str = ""
) -> Axes:
    """Add axes, placed in px from the figure's upper left corner."""
    height_px = figure.get_figheight() * PX_PER_INCH
    box = (left / WIDTH_PX, 1 - (top + height) / height_px, width / WIDTH_PX, height / height_px)
    return figure.add_axes(box, title=title)


def rows(axes: Axes, names: Sequence[tuple[str, str]], *, bars_only: bool = False) -> None:
    """Make the vertical axis one row for each name and its colour, the first on top.

    With `bars_only` the horizontal axis goes too: each bar has its number beside it.
    """
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), [name for name, _ in names], fontsize=9)
    for label, (_, colour) in zip(axes.get_yticklabels(), names, strict=True):
        label.set_color(colour)
    axes.grid(visible=False)
    axes.grid(visible=not bars_only, axis="x")
    if bars_only:
        axes.set_xticks([])
        axes.spines.bottom.set_visible(False)


def key(figure: Figure, entries: Sequence[tuple[str, str, str]]) -> None:
    """Name the colours below the headline: for each, its text, the text's colour, the stroke's."""
    left = 22.0
    y = 1 - 69 / (figure.get_figheight() * PX_PER_INCH)
    for text, text_colour, stroke in entries:
        xs = (left / WIDTH_PX, (left + 16) / WIDTH_PX)
        figure.add_artist(Line2D(xs, (y, y), color=stroke, linewidth=3))
        written = figure.text(
            xs[1] + 6 / WIDTH_PX, y, text, color=text_colour, va="center_baseline"
        )
        left += 16 + 6 + 22 + written.get_window_extent().width


def beside(axes: Axes, x: float, y: float, text: str, colour: str, *, left: bool = False) -> None:
    """Write text right (or left) of a point in the axes' data."""
    axes.annotate(
        text,
        (x, y),
        xytext=(-6 if left else 6, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        color=colour,
        fontweight="bold",
    )


def save(draw: Callable[[Results], Figure | None], results: Results, path: Path) -> bool:
    """Write a plot as SVG, the same bytes for the same results; return whether there is one.

    An older plot is deleted if these results have nothing to draw.
    """
    with mpl.rc_context(fname=STYLE):
        figure = draw(results)
        if figure is None:
            path.unlink(missing_ok=True)
            return False
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        return True
