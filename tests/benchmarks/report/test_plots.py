"""Whatever the samples are, no text of a plot is cut off, and none lies on another."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from benchmarks.report import drawing
from benchmarks.report.document import SECTIONS
from benchmarks.report.results import Results

TABLES_ONLY = {"capacity", "contention", "following", "memory", "parts", "writers"}
DRAWS = {section.name: section.draw for section in SECTIONS if section.name not in TABLES_ONLY}


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return every text that is drawn, and its place."""
    figure.draw_without_rendering()
    unseen = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    return [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(lambda artist: isinstance(artist, Text))
        if isinstance(text, Text) and text.get_visible()
        if text.get_text() and id(text) not in unseen
    ]


def unchanged(results: Results) -> Results:
    return results


def slow(results: Results) -> Results:
    """A machine a thousand times slower: wider numbers."""
    return replace(
        results,
        latency=results.latency.with_columns(pl.col("elapsed_ms") * 1000),
        timeline=results.timeline.with_columns(pl.col("at_ms") * 1000),
        growth=results.growth.with_columns(pl.col("value") * 1000),
        cold=results.cold.with_columns(pl.col("cpu_ms") * 1000),
    )


def alike(results: Results) -> Results:
    """The same value everywhere, so that lines and marks coincide."""
    return replace(
        results,
        latency=results.latency.with_columns(elapsed_ms=3.0),
        memory=results.memory.with_columns(resident_bytes=60_000_000),
        growth=results.growth.with_columns(value=2.0),
    )


CHANGES: dict[Callable[[Results], Results], Iterable[str]] = {
    unchanged: DRAWS,
    slow: ("headline", "latency", "timeline", "growth", "cold", "model"),
    alike: ("headline", "latency", "growth", "boards"),
}


@pytest.mark.usefixtures("few_requests")
@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for change, names in CHANGES.items() for name in names]
)
def test_no_text_is_cut_off_or_covered(
    name: str, change: Callable[[Results], Results], results: Results
) -> None:
    with mpl.rc_context(fname=drawing.STYLE):
        figure = DRAWS[name](change(results))
        assert figure
        found = boxes(figure)
        width, height = figure.get_window_extent().size
    cut = [
        text for text, box in found if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    assert cut == []
    overlapping = [
        (one[0], other[0]) for one, other in combinations(found, 2) if one[1].overlaps(other[1])
    ]
    assert overlapping == []


def test_a_design_has_one_ink_and_an_unknown_target_is_grey() -> None:
    assert drawing.ink("streamed-4hz") == drawing.ink("streamed") != drawing.ink("coupled-http")
    assert drawing.colour("floor-get") == drawing.colour("something") == drawing.FLOOR
