"""Latency, its growth, and the budgets, as tables."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Final

from benchmarks.report import wording
from benchmarks.report.growth import SUBJECTS, Curve, Curves
from benchmarks.report.latency import OPERATIONS, Key, Latencies, Missing, floor_of
from benchmarks.report.statistics import TooFewSamples, median, p90, p99
from benchmarks.report.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.report.budgets import Outcome
    from benchmarks.report.statistics import Ratio, Samples

_MOST: Final = 10
_WRITERS: Final = {"writers": "on one stream", "writers-apart": "each on streams of its own"}


def statistic(take: Callable[[Samples], float], samples: Samples) -> str:
    """Write a statistic, or a dash where there are too few samples for it."""
    try:
        return wording.number(take(samples))
    except TooFewSamples:
        return wording.NONE


def latency(latencies: Latencies, engine: str) -> Table:
    """Show every operation and target on an engine.

    Parameters
    ----------
    latencies
        Of any engines.
    engine
        Which to show.
    """
    rows = []
    for operation in OPERATIONS:
        for target in latencies.targets(engine, operation):
            key = Key(engine, operation, target)
            samples = latencies.samples(key)
            ratio, spread = _over_floor(latencies, key)
            rows.append(
                (
                    operation,
                    wording.target(target),
                    wording.count(len(samples)),
                    *(statistic(take, samples) for take in (median, p90, p99)),
                    ratio,
                    spread,
                )
            )
    return Table(
        f"Latency in ms, on {engine}",
        ("operation", "target", "n", "median", "p90", "p99", "/ floor", "middle half of rounds"),
        tuple(rows),
    )


def _over_floor(latencies: Latencies, key: Key) -> tuple[str, str]:
    floor = floor_of(key.target, key.operation)
    if floor is None:
        return wording.NONE, wording.NONE
    try:
        ratio = latencies.ratio(key, floor)
    except (Missing, TooFewSamples):
        return wording.NONE, wording.NONE
    return wording.ratio(ratio.median), _middle_half(ratio)


def _middle_half(ratio: Ratio) -> str:
    return f"{wording.ratio(ratio.lower_quartile)} to {wording.ratio(ratio.upper_quartile)}"


def growth(curves: Curves, subject: str) -> Table:
    """Show what a request costs at each size.

    Parameters
    ----------
    curves
        Of any subjects.
    subject
        One of `SUBJECTS`.
    """
    rows = []
    for target in curves.targets(subject, "elapsed_ms"):
        curve = Curve(subject, "elapsed_ms", target)
        sizes = curves.sizes(curve)
        smallest = median(curves.samples(curve, sizes[0]))
        for size in sizes:
            samples = curves.samples(curve, size)
            rows.append(
                (
                    wording.target(target),
                    wording.count(size),
                    wording.count(len(samples)),
                    *(statistic(take, samples) for take in (median, p90)),
                    wording.ratio(median(samples) / smallest),
                    *(
                        statistic(median, curves.samples(Curve(subject, metric, target), size))
                        for metric in ("write_units", "read_units")
                    ),
                )
            )
    return Table(
        f"A request, by {SUBJECTS[subject]}",
        (
            "target",
            SUBJECTS[subject],
            "n",
            "median ms",
            "p90 ms",
            "/ smallest",
            "write units",
            "read units",
        ),
        tuple(rows),
    )


def writers(curves: Curves) -> Table:
    """Show what writers at the same time cost each other."""
    rows = []
    for subject, where in _WRITERS.items():
        for target in curves.targets(subject, "appends_per_s"):
            curve = Curve(subject, "appends_per_s", target)
            for size in curves.sizes(curve):
                attempts = curves.samples(curve._replace(metric="attempts"), size)
                refused = curves.samples(curve._replace(metric="refused"), size)
                rows.append(
                    (
                        where,
                        wording.count(size),
                        statistic(mean, attempts) if attempts else wording.NONE,
                        wording.amount(max(attempts)) if attempts else wording.NONE,
                        wording.count(sum(refused)) if refused else wording.NONE,
                        statistic(median, curves.samples(curve, size)),
                    )
                )
    return Table(
        "Writers at the same time",
        (
            "where",
            "writers",
            "transactions an append, mean",
            "most",
            "refused (503)",
            "appends a second, median",
        ),
        tuple(rows),
    )


def budgets(outcomes: Iterable[Outcome]) -> Table:
    """Show every budget, what was measured, and whether it was met."""
    rows = []
    for outcome in outcomes:
        budget, spread = outcome.budget, outcome.measured and outcome.measured.spread
        rows.append(
            (
                budget.what,
                budget.per,
                f"{'at least' if budget.at_least else 'at most'} {wording.amount(budget.limit)}",
                _beside_limit(outcome.measured.value, budget.limit)
                if outcome.measured
                else wording.NONE,
                f"{wording.ratio(spread.low)} to {wording.ratio(spread.high)}"
                if spread
                else wording.NONE,
                _middle_half(spread) if spread else wording.NONE,
                outcome.verdict if outcome.verdict.startswith("met") else f"**{outcome.verdict}**",
            )
        )
    return Table(
        "Budgets",
        (
            "what",
            "compared with, or in",
            "budget",
            "measured",
            "95 % interval",
            "middle half of rounds",
            "",
        ),
        tuple(rows),
    )


def _beside_limit(value: float, limit: float) -> str:
    """Write a value as a ratio, with more digits if it would look like its limit."""
    text, digits = wording.ratio(value), 3
    while value != limit and float(text.replace(wording.SPACE, "")) == limit and digits < _MOST:
        text, digits = f"{value:.{digits}f}", digits + 1
    return text
