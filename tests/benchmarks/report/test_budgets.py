"""Every figure of the table of budgets, computed once more in another way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

import pytest

from benchmarks.report.budgets import BUDGETS, Outcome, check
from benchmarks.report.measured import Measured
from benchmarks.report.statistics import Ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.report.results import Results
    from benchmarks.samples import Latency


def rounds(samples: Iterable[tuple[int, float]]) -> dict[int, float]:
    found = defaultdict(list)
    for number, value in samples:
        found[number].append(value)
    return {number: median(values) for number, values in found.items()}


def ratio(numerators: dict[int, float], denominators: dict[int, float]) -> float:
    return median(numerators[number] / denominators[number] for number in numerators)


def latency(results: Results, target: str, operation: str) -> dict[int, float]:
    return rounds(
        (row.round, row.elapsed_ms)
        for row in results.latency
        if (row.engine, row.target, row.operation) == ("dynamodb-local", target, operation)
    )


def length(results: Results, target: str, size: int) -> dict[int, float]:
    return rounds(
        (row.round, row.value)
        for row in results.growth
        if row[:3] == ("stream-length", size, target) and row.metric == "elapsed_ms"
    )


def start(results: Results, process: str) -> dict[int, float]:
    return rounds(
        (row.round, row.cpu_ms)
        for row in results.starts
        if (row.process, row.phase) == (process, "init")
    )


def units(results: Results, case: str) -> float:
    (found,) = (
        row.units / row.actions
        for row in results.units
        if (row.design, row.case, row.kind, row.source) == ("coupled", case, "write", "items")
    )
    return found


def memory(results: Results, bare_after: int) -> float:
    held = {(row.process, row.dispatches): row.resident_bytes for row in results.memory}
    return held["service", 10_000] / held["boto3", bare_after]


def memory_growth(results: Results) -> float:
    half = [row for row in results.memory if row.process == "service" and row.dispatches >= 5000]
    slopes = [
        (b.resident_bytes - a.resident_bytes) / (b.dispatches - a.dispatches)
        for a, b in combinations(half, 2)
    ]
    return 100 * 10_000 * median(slopes) / median(row.resident_bytes for row in half)


def expected(results: Results) -> list[tuple[float, float]]:
    """Give the limit and the value of each row of the table, in its order."""
    warm, cold = "coupled-warm", "coupled-cold-cache"
    update, create = "update", "create"

    def over(target: str, floor: str, operation: str) -> float:
        return ratio(latency(results, target, operation), latency(results, floor, operation))

    def longer(target: str, size: int) -> float:
        return ratio(length(results, target, size), length(results, target, 1))

    return [
        (1.25, over(warm, "floor-transact", update)),
        (1.25, over(warm, "floor-transact", create)),
        (1.15, over(cold, "floor-get-transact", update)),
        (1.1, longer(warm, 1000)),
        (1.1, longer(warm, 100_000)),
        (1.1, longer(cold, 1000)),
        (1.1, longer(cold, 100_000)),
        (1.5, ratio(start(results, "service"), start(results, "boto3"))),
        (4, units(results, "small action")),
        (6, units(results, "small action with a key")),
        (0.5, units(results, "batch of 50 small actions")),
        (30, units(results, "action on a 50 KB state")),
        (30, units(results, "action on a 50 KB state, a UUID in each row")),
        (1.6, memory(results, 10_000)),
        (1.6, memory(results, 0)),
        (1, memory_growth(results)),
        (10, over("streamed-4hz", "coupled-http", update)),
        (10, over("streamed-4hz", "coupled-http", create)),
        (10, over("streamed-4hz", warm, update)),
    ]


def test_every_row_is_what_the_samples_say(results: Results) -> None:
    outcomes = check(results)
    limits, values = zip(*expected(results), strict=True)
    assert [outcome.budget.limit for outcome in outcomes] == list(limits)
    taken = [outcome.measured.value for outcome in outcomes if outcome.measured]
    assert taken == pytest.approx(list(values))
    assert [outcome.budget for outcome in outcomes] == list(BUDGETS)
    assert {outcome.verdict for outcome in outcomes} == {"met"}


def test_only_the_streamed_design_is_to_be_slow() -> None:
    assert [budget.what.startswith("streamed") for budget in BUDGETS] == [
        budget.at_least for budget in BUDGETS
    ]


def test_what_was_not_measured_is_never_met(results: Results) -> None:
    empty = replace(
        results, latency=[], growth=[], starts=[], memory=[], units=[], steps=[], imports=[]
    )
    for outcome in check(empty):
        assert outcome.verdict == "not measured"
        assert outcome.reason.startswith("there are no samples of ")


def test_too_few_rounds_are_not_measured(results: Results) -> None:
    few = replace(results, latency=[row for row in results.latency if row.round < 2])
    outcome = check(few)[0]
    assert outcome.verdict == "not measured"
    assert "at least 3 rounds" in outcome.reason


def slower(row: Latency, target: str, times: float) -> Latency:
    return row._replace(elapsed_ms=row.elapsed_ms * times) if row.target == target else row


@pytest.mark.parametrize(
    ("position", "changed"),
    [
        (0, lambda r: replace(r, latency=[slower(x, "coupled-warm", 2) for x in r.latency])),
        (2, lambda r: replace(r, latency=[slower(x, "coupled-cold-cache", 2) for x in r.latency])),
        (16, lambda r: replace(r, latency=[slower(x, "streamed-4hz", 0.1) for x in r.latency])),
        (
            4,
            lambda r: replace(
                r, growth=[x._replace(value=x.value * x.size**0.1) for x in r.growth]
            ),
        ),
        (
            7,
            lambda r: replace(
                r,
                starts=[x._replace(cpu_ms=900) if x.process == "service" else x for x in r.starts],
            ),
        ),
        (8, lambda r: replace(r, units=[x._replace(units=5) for x in r.units])),
        (
            13,
            lambda r: replace(
                r,
                memory=[
                    x._replace(resident_bytes=x.resident_bytes * 2) if x.process == "service" else x
                    for x in r.memory
                ],
            ),
        ),
        (
            15,
            lambda r: replace(
                r,
                memory=[
                    x._replace(resident_bytes=x.resident_bytes + 200 * x.dispatches)
                    for x in r.memory
                ],
            ),
        ),
    ],
)
def test_what_costs_too_much_is_missed(
    results: Results, position: int, changed: Callable[[Results], Results]
) -> None:
    assert check(results)[position].verdict == "met"
    assert check(changed(results))[position].verdict == "missed"


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (1.2, 1.1, 1.24, "met"),
        (1.2, 1.1, 1.3, "met, within noise"),
        (1.3, 1.2, 1.4, "missed, within noise"),
        (1.3, 1.26, 1.4, "missed"),
    ],
)
def test_an_interval_that_spans_the_limit_is_said(
    value: float, low: float, high: float, verdict: str
) -> None:
    spread = Ratio(value, value, value, low, high, 9)
    assert Outcome(BUDGETS[0], Measured(value, spread)).verdict == verdict


def test_a_limit_that_is_reached_is_met() -> None:
    assert Outcome(BUDGETS[0], Measured(BUDGETS[0].limit)).verdict == "met"
    assert Outcome(BUDGETS[-1], Measured(BUDGETS[-1].limit)).verdict == "met"
