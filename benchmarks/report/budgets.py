"""The design's budgets: the limit, the measured value, met or missed."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from benchmarks.report import statistics, wording
from benchmarks.report.latency import REFERENCE, ratio
from benchmarks.report.results import Results
from benchmarks.report.statistics import NotMeasured, Ratio

DISPATCHES: Final = 10_000
"""Number of dispatches that the budgets of memory refer to."""
_FEWEST_DIGITS: Final = 3
_DATA: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A limit: the highest allowed value, or the lowest one with `at_least`.

    `per` is what the value is compared with, or its unit. `measure` is the key in `_MEASURES` of
    the function that takes it from the samples.
    """

    what: str
    per: str
    limit: float
    at_least: bool = False
    measure: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    how: str


@dataclass(frozen=True)
class Outcome:
    """A measured value, with its spread over rounds if it varies, or why it was not measured."""

    budget: Budget
    value: float | None = None
    spread: Ratio | None = None
    reason: str = ""

    @property
    def verdict(self) -> str:
        """Met or missed, by the value alone."""
        if self.value is None:
            return "not measured"
        limit = self.budget.limit
        met = self.value >= limit if self.budget.at_least else self.value <= limit
        return "met" if met else "missed"

    @property
    def noisy(self) -> bool:
        """Whether the limit lies within the 95 % interval of the value."""
        return self.spread is not None and self.spread.low <= self.budget.limit <= self.spread.high

    @property
    def shown(self) -> str:
        """The value as a ratio, with as many digits as it needs to differ from its limit."""
        text, limit, digits = wording.ratio(self.value), self.budget.limit, _FEWEST_DIGITS
        while self.value not in {None, limit} and float(text.replace(wording.SPACE, "")) == limit:
            text, digits = f"{self.value:.{digits}f}", digits + 1
        return text


def check(results: Results) -> list[Outcome]:
    """Compare the samples with every budget, in the order of `BUDGETS`."""
    outcomes = []
    for budget in BUDGETS:
        try:
            value = _MEASURES[budget.measure](results, **budget.arguments)
        except NotMeasured as reason:
            outcomes.append(Outcome(budget, reason=str(reason)))
        else:
            spread = value if isinstance(value, Ratio) else None
            outcomes.append(Outcome(budget, spread.median if spread else value, spread))
    return outcomes


def limit_of(measure: str) -> float:
    """Return the limit of the first budget of a measure."""
    return next(budget.limit for budget in BUDGETS if budget.measure == measure)


def _latency(results: Results, operation: str, target: str, to: str) -> Ratio:
    return ratio(results.latency, REFERENCE, operation, target, to)


def _growth(results: Results, *, subject: str, target: str, size: int, to: str, at: int) -> Ratio:
    of = {"subject": subject, "metric": "elapsed_ms"}
    return statistics.ratio_of_rounds(
        statistics.rounds(results.growth, "value", **of, target=target, size=size),
        statistics.rounds(results.growth, "value", **of, target=to, size=at),
    )


def _start(results: Results) -> Ratio:
    return statistics.ratio_of_rounds(
        statistics.rounds(results.cold, "cpu_ms", phase="init", process="service"),
        statistics.rounds(results.cold, "cpu_ms", phase="init", process="boto3"),
    )


def _write_units(results: Results, case: str) -> float:
    rows = results.units.filter(design="coupled", case=case, kind="write", source="items")
    if rows.is_empty():
        raise NotMeasured(f"there are no samples of the write units of {case}")
    return float(rows["units"][0] / rows["actions"][0])


def _board(results: Results, **of: object) -> float:
    found = results.growth.filter(subject="board-bytes", **of)["value"]
    if found.is_empty():
        raise NotMeasured(f"there are no samples of {', '.join(map(str, of.values()))}")
    return statistics.quantile(found)


def _served(results: Results, process: str) -> pl.DataFrame:
    rows = results.memory.filter(process=process).sort("dispatches")
    if rows.is_empty() or rows["dispatches"][-1] < DISPATCHES:
        raise NotMeasured(
            f"there are no samples of the memory of {process} after "
            f"{wording.whole(DISPATCHES)} dispatches"
        )
    return rows


def _memory(results: Results, bare_after: int) -> float:
    held, bare = (
        _served(results, process).filter(pl.col("dispatches") >= after)["resident_bytes"][0]
        for process, after in (("service", DISPATCHES), ("boto3", bare_after))
    )
    return float(held / bare)


def _memory_growth(results: Results) -> float:
    """Return the trend of the second half, in percent of its median per `DISPATCHES`."""
    rows = _served(results, "service")
    half = rows.filter(pl.col("dispatches") >= rows["dispatches"][-1] / 2)
    trend = statistics.slope(half["dispatches"], half["resident_bytes"])
    return 100 * trend * DISPATCHES / statistics.quantile(half["resident_bytes"])


_MEASURES: Final[Mapping[str, Callable[..., Any]]] = {
    "latency": _latency,
    "growth": _growth,
    "start": _start,
    "write_units": _write_units,
    "board": _board,
    "memory": _memory,
    "memory_growth": _memory_growth,
}


BUDGETS: Final = tuple(
    Budget(**row, how=_DATA["how"][row["measure"]].format_map(row.get("arguments", {})))
    for row in _DATA["budget"]
)
"""In the report's order."""
