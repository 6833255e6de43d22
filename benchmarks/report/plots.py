"""One look for all plots, and the file they are saved to.

Text is drawn as paths, so that a plot is the same on every machine. The card behind it is white
with round corners: it stands out on no light page, and reads well on a dark one. Colours are of
the palette by Okabe and Ito, which people who are colour-blind tell apart, darkened for text
(https://jfly.uni-koeln.de/color/).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from matplotlib.transforms import Affine2D

from benchmarks.report import wording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.typing import RcKeyType

    from benchmarks.report.results import Results

WIDTH_PX: Final = 830
"""How wide GitHub shows a README."""

INK: Final = "#1f2937"
SOFT: Final = "#4b5563"
FAINT: Final = "#d1d5db"
PALE: Final = "#eef0f3"
COUPLED: Final = "#00775a"
STREAMED: Final = "#d55e00"
FLOOR: Final = "#737b87"

_COLOURS: Final = {
    "floor-get-transact": "#a9b0ba",
    "coupled-http": "#005943",
    "coupled-cold-cache": "#2a9d7f",
    "coupled-with-key": "#2a9d7f",
    "streamed-best": "#e8923f",
}
_FAMILIES: Final = {"coupled": COUPLED, "streamed": STREAMED}
_INKS: Final = {"coupled": "#00644b", "streamed": "#b04a00"}
PX_AN_INCH: Final = 96
_ROOMY: Final = 2000
STYLE: Final[dict[RcKeyType, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "svg.fonttype": "path",
    "svg.hashsalt": "roundtrip",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": SOFT,
    "xtick.labelsize": 8.5,
    "xtick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.color": SOFT,
    "ytick.labelsize": 8.5,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
}


def colour(target: str) -> str:
    """Give the colour of a target: one hue for each design, grey for the floors."""
    return _COLOURS.get(target) or _FAMILIES.get(_family(target), FLOOR)


def ink(target: str) -> str:
    """Give the colour of text about a target: its hue, dark enough to be read."""
    return _INKS.get(_family(target), SOFT)


def _family(target: str) -> str:
    return re.split("[-,]", target, maxsplit=1)[0]


def milliseconds(axis: Axis) -> None:
    """Label a logarithmic axis in plain numbers, at 1, 2 and 5 of every decade if there is room."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < _ROOMY * min(low, 10) else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: wording.amount(value)))
    axis.set_minor_locator(NullLocator())


def sizes(axes: Axes, *, base: int = 10) -> None:
    """Make the horizontal axis logarithmic, labelled in plain numbers: 1000 as 1k."""
    axes.set_xscale("log", base=base)
    axes.xaxis.set_major_formatter(FuncFormatter(_size))
    axes.xaxis.set_minor_locator(NullLocator())


def _size(value: float, _: object) -> str:
    for unit, sign in ((1_000_000, "M"), (1000, "k")):
        if value >= unit:
            return f"{value / unit:g}{sign}"
    return f"{value:g}"


def card(height_px: float, title: str, subtitle: str = "") -> Figure:
    """Make a figure as wide as a README, with a headline in its upper left corner.

    Parameters
    ----------
    height_px
        Of the figure; the headline takes the first 60.
    title, subtitle
        What the plot says; what it shows.
    """
    figure = Figure(figsize=(WIDTH_PX / PX_AN_INCH, height_px / PX_AN_INCH), dpi=PX_AN_INCH)
    figure.patch.set_alpha(0)
    figure.add_artist(
        FancyBboxPatch(
            (0, 0),
            WIDTH_PX,
            height_px,
            boxstyle="round,pad=0,rounding_size=8",
            facecolor="white",
            edgecolor="none",
            transform=Affine2D().scale(1 / PX_AN_INCH) + figure.dpi_scale_trans,
            zorder=-1,
        )
    )
    figure.text(22 / WIDTH_PX, 1 - 28 / height_px, title, fontsize=12, fontweight="bold")
    figure.text(22 / WIDTH_PX, 1 - 47 / height_px, subtitle, fontsize=9, color=SOFT)
    return figure


def panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes, placed in px from the figure's upper left corner."""
    height_px = figure.get_figheight() * PX_AN_INCH
    return figure.add_axes(
        (
            left / WIDTH_PX,
            1 - (top + height) / height_px,
            width / WIDTH_PX,
            height / height_px,
        )
    )


def save(draw: Callable[[Results], Figure], results: Results, path: Path) -> None:
    """Draw a plot and write it as SVG: the same results give the same bytes.

    Parameters
    ----------
    draw
        Draws it.
    results
        Of what.
    path
        Where to.
    """
    with mpl.rc_context(STYLE):
        figure = draw(results)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
