"""How costs change with sizes, and how concurrent writers slow each other down."""

from collections.abc import Mapping
from typing import Final

import polars as pl
from matplotlib.figure import Figure

from benchmarks.report import drawing, wording
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures, percentile

SUBJECTS: Final = {
    "stream-length": "events in the stream",
    "batch-actions": "actions in a request",
    "streams": "streams in the table",
}
"""What grows, and the name of its axis; writers have their own table."""

BOARDS: Final = {
    "board-bytes": "bytes of the state",
    "board-cards": "cards in the state",
    "board-changes": "cards changed, in 1 MB",
}
"""What grows of states in parts."""
_WRITERS: Final = {
    "writers": "on one stream",
    "writers-apart": "each on its own streams",
}
_SHARED: Final = "batch-actions"
"""The size is the number of actions that share a request; the plot shows the cost of one."""
_METRICS: Final = {"elapsed_ms": "milliseconds", "write_units": "write units"}
_PANEL_PX: Final = 150
_MARKERS: Final = ("o", "s", "^", "D", "v")


def _of(metric: str) -> pl.Expr:
    return pl.col("value").filter(pl.col("metric") == metric)


def rows(results: Results, subject: str) -> list[Figures]:
    """Return the cost of a request at each size, by target; ``times`` that of the smallest."""
    elapsed = _of("elapsed_ms")
    found = (
        results.growth.filter(subject=subject)
        .group_by("target", "size")
        .agg(
            n=elapsed.len(),
            p50=percentile(elapsed, 50),
            p90=percentile(elapsed, 90),
            write_units=_of("write_units").median(),
            read_units=_of("read_units").median(),
            calls=_of("calls").median(),
            answer_bytes=_of("answer_bytes").median(),
        )
        .filter(pl.col("n") > 0)
        .sort("size")
        .with_columns(times=pl.col("p50") / pl.col("p50").first().over("target"))
    )
    return sorted(found.rows(named=True), key=lambda row: wording.order(row["target"]))


def writers(results: Results) -> Figures:
    """Return what concurrent writers achieve, on one stream and each on its own streams."""
    refused = _of("refused")
    found = (
        results.growth.filter(pl.col("subject").is_in(list(_WRITERS)))
        .group_by("subject", "target", "size")
        .agg(
            attempts=_of("attempts").mean(),
            most=_of("attempts").max(),
            refused=pl.when(refused.len() > 0).then(refused.sum()),
            appends=_of("appends_per_s").median(),
        )
        .drop_nulls("appends")
        .sort("subject", "target", "size")
    )
    return {"rows": found.with_columns(where=pl.col("subject").replace(_WRITERS)).rows(named=True)}


def figures(results: Results) -> Figures:
    """Return the rows of each subject, those of reads of old states included."""
    named = {**SUBJECTS, "history": "events in the stream that is read"}
    return {"tables": {name: rows(results, subject) for subject, name in named.items()}}


def boards(results: Results) -> Figures:
    """Return the rows of states in parts, and those of the largest state that fits in a head."""
    tables = {name: rows(results, subject) for subject, name in BOARDS.items()}
    sizes = tables[BOARDS["board-bytes"]]
    largest = max((row["size"] for row in sizes if row["target"] == "coupled-whole"), default=None)
    return {"tables": tables, "rows": {r["target"]: r for r in sizes if r["size"] == largest}}


def draw(
    results: Results,
    named: Mapping[str, str] = SUBJECTS,
    title: str = "What grows with size, and what does not",
) -> Figure | None:
    """Draw latency and write units against each size, one column for each of the subjects."""
    share = pl.when(pl.col("subject") == _SHARED).then(pl.col("value") / pl.col("size"))
    curves = (
        results.growth.filter(
            pl.col("subject").is_in(list(named)), pl.col("metric").is_in(list(_METRICS))
        )
        .with_columns(value=share.otherwise(pl.col("value")))
        .group_by("subject", "metric", "target", "size")
        .agg(*(pl.col("value").quantile(q, "linear").alias(str(q)) for q in (0.25, 0.5, 0.75)))
        .sort("size")
    )
    if curves.is_empty():
        return None
    targets = sorted(curves["target"].unique(), key=wording.order)
    subjects = [subject for subject in named if subject in curves["subject"]]
    subtitle = "Median of a request; the band is the middle half of the samples"
    figure = drawing.card(500, title, subtitle)
    names = [(wording.target(name), drawing.ink(name), drawing.colour(name)) for name in targets]
    drawing.key(figure, names)
    width = (drawing.WIDTH_PX - 80) / len(subjects)
    for column, subject in enumerate(subjects):
        for row, (metric, axis) in enumerate(_METRICS.items()):
            left, top = 62 + column * width, 114 + row * (_PANEL_PX + 28)
            axes = drawing.panel(figure, left, top, width - 36, _PANEL_PX)
            for target, marker in reversed(list(zip(targets, _MARKERS, strict=False))):
                curve = curves.filter(subject=subject, metric=metric, target=target)
                sizes, low, middle, high = (curve[name] for name in ("size", "0.25", "0.5", "0.75"))
                colour = drawing.colour(target)
                axes.plot(sizes, middle, color=colour, marker=marker)
                axes.fill_between(sizes, low, high, color=colour, alpha=0.18, linewidth=0)
            axes.set_ylim(0, None)
            drawing.sizes(axes)
            if column == 0:
                axes.set_ylabel(axis)
            if row == 0:
                axes.set_title(named[subject])
            elif subject == _SHARED:
                axes.set_xlabel("each action's share")
    return figure


def draw_boards(results: Results) -> Figure | None:
    """Draw latency and write units of a change of a state in parts against each size."""
    return draw(results, BOARDS, "A change costs what it changes, not what is around it")
