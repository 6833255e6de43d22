"""Whatever the samples, no text of a plot is cut off, and none lies on another."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
from matplotlib.text import Text

from benchmarks.report import plots
from benchmarks.report.plots_timeline import median_requests
from benchmarks.report.sections import PLOTS
from benchmarks.samples import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

    from benchmarks.report.results import Results
    from benchmarks.report.sections import Plot


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Give every text that is drawn, and where."""
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
        latency=[row._replace(elapsed_ms=row.elapsed_ms * 1000) for row in results.latency],
        steps=[row._replace(at_ms=row.at_ms * 1000) for row in results.steps],
        growth=[row._replace(value=row.value * 1000) for row in results.growth],
        starts=[row._replace(cpu_ms=row.cpu_ms * 1000) for row in results.starts],
    )


def even(results: Results) -> Results:
    """Every latency alike."""
    return replace(results, latency=[row._replace(elapsed_ms=3.0) for row in results.latency])


@pytest.mark.parametrize("change", [unchanged, slow, even])
@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.file)
def test_no_text_is_cut_off_or_covered(
    plot: Plot, change: Callable[[Results], Results], results: Results
) -> None:
    with mpl.rc_context(plots.STYLE):
        figure = plot.draw(change(results))
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


def test_the_median_request_is_the_one_in_the_middle() -> None:
    ends_ms = [9.0, 1.0, 5.0, 7.0]
    steps = [
        Step("coupled-warm", request, position, step, at_ms)
        for request, end_ms in enumerate(ends_ms)
        for position, (step, at_ms) in enumerate((("sent", 0.5), ("answered", end_ms)))
    ]
    chosen = median_requests(steps)["coupled-warm"]
    assert [(step.step, step.at_ms) for step in chosen] == [("sent", 0.5), ("answered", 5.0)]


def test_a_plot_is_the_same_bytes_each_time(results: Results, tmp_path: Path) -> None:
    for plot in PLOTS[:2]:
        plots.save(plot.draw, results, tmp_path / "one.svg")
        plots.save(plot.draw, results, tmp_path / "two.svg")
        one = (tmp_path / "one.svg").read_bytes()
        assert one == (tmp_path / "two.svg").read_bytes()
        assert b"<text" not in one
        assert re.search(rb"<dc:(date|creator)>", one) is None


def test_families_have_one_hue_and_an_unknown_target_is_no_design() -> None:
    assert plots.ink("streamed-4hz") == plots.ink("streamed") != plots.ink("coupled-http")
    assert plots.colour("floor-get") == plots.colour("something") == plots.FLOOR


def test_labels_at_the_ends_of_near_lines_are_set_apart(results: Results) -> None:
    alike = replace(
        results,
        memory=[row._replace(resident_bytes=60_000_000) for row in results.memory],
        growth=[
            row._replace(value=2.0) if row.subject.startswith("writers") else row
            for row in results.growth
        ],
    )
    with mpl.rc_context(plots.STYLE):
        for plot in PLOTS:
            if plot.file in {"memory.svg", "writers.svg"}:
                found = boxes(plot.draw(alike))
                assert not [
                    (one[0], other[0])
                    for one, other in combinations(found, 2)
                    if one[1].overlaps(other[1])
                ]
