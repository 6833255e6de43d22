"""What the budgets are about, taken from the samples of a run.

Each function raises `Missing` when samples are not there, and `TooFewSamples` when they are too few
for what it takes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.report import wording
from benchmarks.report.latency import REFERENCE, Key, Missing
from benchmarks.report.statistics import Ratio, median, ratio_of_rounds, slope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.report.results import Results

DISPATCHES: Final = 10_000
"""How many dispatches the budgets of memory are about."""


class Measured(NamedTuple):
    """A value, and the 95 % confidence interval of it where it varies.

    Parameters
    ----------
    value
        In the budget's unit.
    spread
        The rounds it comes from; None for a count, which has none.
    """

    value: float
    spread: Ratio | None = None


def latency(results: Results, *, operation: str, target: str, to: str) -> Measured:
    """Compare a target's latency with another one's, round by round, on the reference engine."""
    ratio = results.latencies.ratio(Key(REFERENCE, operation, target), to)
    return Measured(ratio.median, ratio)


def stream_length(results: Results, *, target: str, length: int) -> Measured:
    """Compare a target's latency on a stream of some length with that on one of one event."""
    samples: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in results.growth:
        if (row.subject, row.metric, row.target) == ("stream-length", "elapsed_ms", target):
            samples[row.size][row.round].append(row.value)
    for size in (1, length):
        if size not in samples:
            raise Missing(f"{target} on a stream of {size} events")
    ratio = ratio_of_rounds(samples[length], samples[1])
    return Measured(ratio.median, ratio)


def cold(results: Results) -> Measured:
    """Compare the CPU time of the service's start with that of a bare boto3 client's."""
    samples: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in results.starts:
        if row.phase == "init":
            samples[row.process][row.round].append(row.cpu_ms)
    for process in ("service", "boto3"):
        if process not in samples:
            raise Missing(f"the start of {process}")
    ratio = ratio_of_rounds(samples["service"], samples["boto3"])
    return Measured(ratio.median, ratio)


def units(results: Results, *, case: str) -> Measured:
    """Give the write units of an action in the coupled design, by AWS's rules."""
    for row in results.units:
        if (row.design, row.case, row.kind, row.source) == ("coupled", case, "write", "items"):
            return Measured(row.units / row.actions)
    raise Missing(f"the write units of {case}")


def resident(results: Results, process: str) -> list[tuple[int, int]]:
    """Give dispatches and resident bytes of a process, rising; none when it was not measured."""
    return sorted(
        (row.dispatches, row.resident_bytes) for row in results.memory if row.process == process
    )


def _served(results: Results, process: str) -> list[tuple[int, int]]:
    rows = resident(results, process)
    if not rows or rows[-1][0] < DISPATCHES:
        raise Missing(f"the memory of {process} after {wording.count(DISPATCHES)} dispatches")
    return rows


def memory(results: Results, *, bare_after: int) -> Measured:
    """Compare the service's memory after `DISPATCHES` with a bare client's after `bare_after`."""
    service, bare = _served(results, "service"), _served(results, "boto3")
    return Measured(_at(DISPATCHES, service) / _at(bare_after, bare))


def _at(dispatches: int, rows: Iterable[tuple[int, int]]) -> int:
    """Give the memory at the first sample taken after so many dispatches."""
    return next(size for number, size in rows if number >= dispatches)


def memory_growth(results: Results) -> Measured:
    """Give the trend of the second half, in percent of the memory in `DISPATCHES` dispatches."""
    rows = _served(results, "service")
    half = [row for row in rows if row[0] >= rows[-1][0] / 2]
    return Measured(100 * slope(half) * DISPATCHES / median([size for _, size in half]))
