"""Every figure of the table of budgets, computed a second time in another way."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from statistics import median
from typing import Any

import polars as pl
import pytest

from benchmarks.report import wording
from benchmarks.report.budgets import BUDGETS, Outcome, check
from benchmarks.report.results import KINDS, Results
from benchmarks.report.statistics import Ratio


def rounds(frame: pl.DataFrame, value: str, **of: Any) -> dict[int, float]:
    found = defaultdict(list)
    for row in frame.rows(named=True):
        if of.items() <= row.items():
            found[row["round"]].append(row[value])
    return {number: median(values) for number, values in found.items()}


def ratio(numerators: dict[int, float], denominators: dict[int, float]) -> float:
    return float(median(numerators[number] / denominators[number] for number in numerators))


def units(results: Results, case: str) -> float:
    of = {"design": "coupled", "case": case, "kind": "write", "source": "items"}
    (row,) = (row for row in results.units.rows(named=True) if of.items() <= row.items())
    return float(row["units"] / row["actions"])


def memory_growth(results: Results) -> float:
    rows = [row for row in results.memory.rows() if row[0] == "service" and row[1] >= 5000]
    slopes = [(b[2] - a[2]) / (b[1] - a[1]) for a, b in combinations(rows, 2)]
    return float(100 * 10_000 * median(slopes) / median(row[2] for row in rows))


def expected(results: Results) -> list[tuple[float, float]]:
    """Return the limit and the value of each row of the table, in its order."""
    warm, cold, update, create = "coupled-warm", "coupled-cold-cache", "update", "create"
    held = {(process, done): size for process, done, size in results.memory.rows()}

    def over(target: str, floor: str, operation: str) -> float:
        of = {"engine": "dynamodb-local", "operation": operation}
        return ratio(
            rounds(results.latency, "elapsed_ms", **of, target=target),
            rounds(results.latency, "elapsed_ms", **of, target=floor),
        )

    def grown(subject: str, target: str, size: int, to: str, at: int) -> float:
        of = {"subject": subject, "metric": "elapsed_ms"}
        sides = [
            rounds(results.growth, "value", **of, target=name, size=each)
            for name, each in ((target, size), (to, at))
        ]
        return ratio(*sides)

    def longer(target: str, size: int) -> float:
        return grown("stream-length", target, size, target, 1)

    own, bare = (
        rounds(results.cold, "cpu_ms", phase="init", process=process)
        for process in ("service", "boto3")
    )
    return [
        (0.75, over(warm, "floor-transact", update)),
        (0.75, over(warm, "floor-transact", create)),
        (0.7, over(cold, "floor-get-transact", update)),
        (1.1, longer(warm, 1000)),
        (1.1, longer(warm, 100_000)),
        (1.1, longer(cold, 1000)),
        (1.1, longer(cold, 100_000)),
        (5, grown("history", "coupled-middle", 100_000, "coupled-read", 100_000)),
        (1.8, grown("batch-actions", warm, 100, warm, 1)),
        (2.5, grown("board-bytes", "coupled-whole", 1_048_576, "floor-whole", 1_048_576)),
        (0.6, ratio(own, bare)),
        (4, units(results, "small action")),
        (6, units(results, "small action with a key")),
        (0.5, units(results, "batch of 50 small actions")),
        (30, units(results, "action on a 50 KB state")),
        (30, units(results, "action on a 50 KB state, a UUID in each row")),
        (0.9, held["service", 10_000] / held["boto3", 10_000]),
        (0.9, held["service", 10_000] / held["boto3", 0]),
        (1, memory_growth(results)),
        (10, over("streamed-4hz", "coupled-http", update)),
        (10, over("streamed-4hz", "coupled-http", create)),
        (10, over("streamed-4hz", warm, update)),
        *boards(results),
        (1.1, grown("followers", warm, 1, warm, 0)),
    ]


def boards(results: Results) -> list[tuple[float, float]]:
    """Return the limits of one changed card, and the values, by state size."""
    sizes = 51_200, 1_048_576, 2_097_152, 8_300_000

    def found(metric: str, target: str, size: int) -> list[float]:
        of_place = "board-bytes", size, target
        return [row[5] for row in results.growth.rows() if (row[:3], row[4]) == (of_place, metric)]

    def latency(size: int) -> float:
        of = {"subject": "board-bytes", "metric": "elapsed_ms", "target": "coupled-warm"}
        large, least = (rounds(results.growth, "value", **of, size=each) for each in (size, 331))
        return ratio(large, least)

    warm, empty = "coupled-warm", "coupled-empty-cache"
    return [
        *zip(
            (8, 14, 20, 70), (median(found("write_units", warm, one)) for one in sizes), strict=True
        ),
        *zip((1.5, 2, 3, 5), map(latency, sizes), strict=True),
        *zip((3, 3, 3, 3), (median(found("calls", empty, one)) for one in sizes), strict=True),
        *zip(
            (4, 6, 12, 40), (median(found("read_units", empty, one)) for one in sizes), strict=True
        ),
        *zip([2048] * 4, (median(found("answer_bytes", warm, one)) for one in sizes), strict=True),
    ]


def test_every_value_is_computed_from_the_samples(results: Results) -> None:
    outcomes = check(results)
    limits, values = zip(*expected(results), strict=True)
    assert [one.budget.limit for one in outcomes] == list(limits)
    assert [one.value for one in outcomes if one.value is not None] == pytest.approx(list(values))
    assert [one.budget for one in outcomes] == list(BUDGETS)


def test_only_the_streamed_design_has_lower_limits() -> None:
    for budget in BUDGETS:
        assert budget.at_least == budget.what.startswith("streamed")


def test_a_budget_without_samples_is_not_met(results: Results) -> None:
    empty = replace(results, **{name: getattr(results, name).clear() for name in KINDS})
    for outcome in check(empty):
        assert outcome.verdict == "not measured"
        assert outcome.reason.startswith("there are no samples of ")


def test_too_few_rounds_are_not_measured(results: Results) -> None:
    outcome = check(replace(results, latency=results.latency.filter(pl.col("round") < 2)))[0]
    assert outcome.verdict == "not measured"
    assert "at least 3 rounds" in outcome.reason


def times(column: str, factor: float, **of: Any) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(
        pl.when(**of).then(pl.col(column) * factor).otherwise(pl.col(column)).alias(column)
    )


@pytest.mark.parametrize(
    ("position", "kind", "change"),
    [
        (0, "latency", times("elapsed_ms", 2, target="coupled-warm")),
        (2, "latency", times("elapsed_ms", 2, target="coupled-cold-cache")),
        (19, "latency", times("elapsed_ms", 0.01, target="streamed-4hz")),
        (
            4,
            "growth",
            lambda frame: frame.with_columns(pl.col("value") * (pl.col("size") + 1) ** 0.1),
        ),
        (7, "growth", times("value", 9, target="coupled-middle")),
        (8, "growth", times("value", 9, size=100)),
        (9, "growth", times("value", 9, target="coupled-whole")),
        (10, "cold", times("cpu_ms", 2, process="service")),
        (11, "units", times("units", 1.25, kind="write")),
        (16, "memory", times("resident_bytes", 2, process="service")),
        (
            18,
            "memory",
            lambda frame: frame.with_columns(pl.col("resident_bytes") + 200 * pl.col("dispatches")),
        ),
    ],
)
def test_a_value_beyond_its_limit_is_missed(
    results: Results, position: int, kind: str, change: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    frames: dict[str, Any] = {kind: change(getattr(results, kind))}
    changed = replace(results, **frames)
    assert check(changed)[position].verdict == "missed"


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict", "noisy"),
    [
        (0.7, 0.6, 0.74, "met", False),
        (0.7, 0.6, 0.8, "met", True),
        (0.8, 0.7, 0.9, "missed", True),
        (0.8, 0.76, 0.9, "missed", False),
    ],
)
def test_an_interval_with_the_limit_in_it_is_noted(
    value: float, low: float, high: float, verdict: str, *, noisy: bool
) -> None:
    outcome = Outcome(BUDGETS[0], value, Ratio(value, value, value, low, high))
    assert (outcome.verdict, outcome.noisy) == (verdict, noisy)


@pytest.mark.parametrize("budget", [BUDGETS[0], BUDGETS[-1]])
def test_a_limit_that_is_reached_is_met(budget: Any) -> None:
    assert Outcome(budget, budget.limit).verdict == "met"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.75, "0.75"),
        (0.7501, "0.7501"),
        (0.74996, "0.74996"),
        (0.8, "0.80"),
        (None, wording.NONE),
    ],
)
def test_a_value_close_to_its_limit_is_shown_with_more_digits(
    value: float | None, shown: str
) -> None:
    assert Outcome(BUDGETS[0], value).shown == shown
