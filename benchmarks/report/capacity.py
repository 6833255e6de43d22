"""Costs of single operations: capacity units of a request, and times of the service's parts."""

from typing import Any, Final

import polars as pl

from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures, summary

_RULE: Final = "items"
_CASE: Final = ["design", "case", "actions", "kind"]
_HARD_TO_COMPRESS: Final = "action on a 50 KB state, a UUID in each row"


def figures(results: Results) -> Figures:
    """Return the units of each case by source, and how often an engine agrees with the rules."""
    sources = sorted(results.units["source"].unique(), key=lambda name: (name != _RULE, name))
    cases: dict[tuple[Any, ...], dict[str, float]] = {}
    for *case, source, units in results.units.iter_rows():
        cases.setdefault(tuple(case), {})[source] = units
    rule = results.units.filter(pl.col("source") == _RULE, pl.col("units") > 0)
    ratio = pl.col("units") / pl.col("units_right")
    engines = (
        results.units.filter(pl.col("source") != _RULE, pl.col("kind") == "write")
        .join(rule, on=_CASE)
        .group_by("source")
        .agg(agreeing=(ratio == 1).sum(), cases=pl.len(), lowest=ratio.min(), highest=ratio.max())
    )
    hard = rule.filter(design="coupled", kind="write", case=_HARD_TO_COMPRESS)["units"]
    rows = engines.sort("source").rows(named=True)
    return {"sources": sources, "cases": cases, "engines": rows, "hard": list(hard)}


def parts(results: Results) -> Figures:
    """Return the times of the service's parts, measured alone by ``benchmarks/micro``."""
    found = results.micro.group_by("suite", "case").agg(**summary("elapsed_us"))
    return {"rows": found.sort("suite", "case").rows(named=True)}
