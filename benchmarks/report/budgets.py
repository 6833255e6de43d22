"""The design's budgets: what may cost how much, what it was measured to cost, met or missed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from benchmarks.report import measured, wording
from benchmarks.report.latency import Missing
from benchmarks.report.measured import DISPATCHES, Measured
from benchmarks.report.statistics import TooFewSamples

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.report.results import Results

MEMORY_LIMIT: Final = 1.6
"""The most memory a warm process may hold after them, as a multiple of a bare boto3 client's."""
GROWING: Final = 1.0
"""From how many percent in `DISPATCHES` more dispatches on, a trend of memory is called growth."""

Verdict: TypeAlias = Literal["met", "met, within noise", "missed, within noise", "missed"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What something may cost.

    Parameters
    ----------
    what, per
        What costs, and what it is compared with (or the unit).
    limit
        The most, or, with `at_least`, the least it may be.
    at_least
        Whether more is better.
    how
        How it is taken from the samples.
    take
        Takes it; raises `Missing` or `TooFewSamples` when it cannot be taken.
    """

    what: str
    per: str
    limit: float
    at_least: bool = False
    how: str
    take: Callable[[Results], Measured]


@dataclass(frozen=True)
class Outcome:
    """How a budget fared.

    Parameters
    ----------
    budget
        Which.
    measured
        What it was measured to be; None when it was not.
    reason
        Why it was not; empty when it was.
    """

    budget: Budget
    measured: Measured | None
    reason: str = ""

    @property
    def verdict(self) -> Verdict | Literal["not measured"]:
        """Say met or missed by the value alone, and whether its interval spans the limit."""
        if self.measured is None:
            return "not measured"
        value, spread = self.measured
        limit = self.budget.limit
        met = value >= limit if self.budget.at_least else value <= limit
        if spread is not None and spread.low <= limit <= spread.high:
            return "met, within noise" if met else "missed, within noise"
        return "met" if met else "missed"


def check(results: Results) -> list[Outcome]:
    """Hold the samples against every budget, in the order of `BUDGETS`."""
    outcomes = []
    for budget in BUDGETS:
        try:
            outcomes.append(Outcome(budget, budget.take(results)))
        except (Missing, TooFewSamples) as reason:
            outcomes.append(Outcome(budget, None, str(reason)))
    return outcomes


def _latency_budget(target: str, to: str, operation: str, limit: float, what: str) -> Budget:
    return Budget(
        what=f"{what}, {operation}",
        per="bare boto3, the same items",
        limit=limit,
        how=f"median of {target} / median of {to}, in each interleaved round",
        take=partial(measured.latency, operation=operation, target=target, to=to),
    )


def _length_budget(target: str, what: str, length: int) -> Budget:
    return Budget(
        what=f"{what}, on a stream of {wording.count(length)} events",
        per="on a stream of 1 event",
        limit=1.1,
        how=f"median of {target} at {length} / at 1, in each interleaved round",
        take=partial(measured.stream_length, target=target, length=length),
    )


def _units_budget(case: str, limit: float) -> Budget:
    return Budget(
        what=case,
        per="write units an action",
        limit=limit,
        how="from the sizes of the items written, by AWS's rules",
        take=partial(measured.units, case=case),
    )


def _streamed_budget(to: str, operation: str, what: str) -> Budget:
    return Budget(
        what=f"streamed design, polled 4 times a second, {operation}",
        per=what,
        limit=10,
        at_least=True,
        how=f"median of streamed-4hz / median of {to}, in each interleaved round",
        take=partial(measured.latency, operation=operation, target="streamed-4hz", to=to),
    )


BUDGETS: Final[tuple[Budget, ...]] = (
    _latency_budget("coupled-warm", "floor-transact", "update", 1.25, "warm dispatch"),
    _latency_budget("coupled-warm", "floor-transact", "create", 1.25, "warm dispatch"),
    _latency_budget(
        "coupled-cold-cache", "floor-get-transact", "update", 1.15, "cold-cache dispatch"
    ),
    *(
        _length_budget(target, what, length)
        for target, what in (
            ("coupled-warm", "warm dispatch"),
            ("coupled-cold-cache", "cold-cache dispatch"),
        )
        for length in (1000, 100_000)
    ),
    Budget(
        what="import and init CPU of a fresh process",
        per='bare boto3.client("dynamodb")',
        limit=1.5,
        how="CPU time until ready for a request / until the client is made, in each round",
        take=measured.cold,
    ),
    _units_budget("small action", 4),
    _units_budget("small action with a key", 6),
    _units_budget("batch of 50 small actions", 0.5),
    _units_budget("action on a 50 KB state", 30),
    _units_budget("action on a 50 KB state, a UUID in each row", 30),
    *(
        Budget(
            what=f"resident memory after {wording.count(DISPATCHES)} dispatches",
            per=f"a process with a bare boto3 client {when}",
            limit=MEMORY_LIMIT,
            how=f"resident bytes / those of the bare process {when}",
            take=partial(measured.memory, bare_after=bare_after),
        )
        for when, bare_after in (("after as many", DISPATCHES), ("once it is warm", 0))
    ),
    Budget(
        what="growth of that memory",
        per=f"percent in {wording.count(DISPATCHES)} dispatches",
        limit=GROWING,
        how="Theil-Sen slope of the second half of the samples",
        take=measured.memory_growth,
    ),
    _streamed_budget("coupled-http", "update", "coupled design, over HTTP (both over sockets)"),
    _streamed_budget("coupled-http", "create", "coupled design, over HTTP (both over sockets)"),
    _streamed_budget("coupled-warm", "update", "coupled design, called in process"),
)
"""Section 7 of the design; ratios are taken within interleaved rounds on the reference engine."""
