"""Cold start, imports, memory, capacity units, sizes and the parts, as tables."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from benchmarks.report import wording
from benchmarks.report.packages import by_module, by_package
from benchmarks.report.statistics import median, p90, p99
from benchmarks.report.tables import Table
from benchmarks.report.tables_latency import statistic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.report.packages import ImportCost
    from benchmarks.samples import Import, Memory, Micro, Package, Start, Units

_PHASES: Final = {"init": "ready for a request", "answer": "first answer"}
_TOP: Final = 20
_MEMORY_ROWS: Final = 10


def starts(rows: Sequence[Start]) -> Table:
    """Show the CPU and wall time of fresh processes until each phase."""
    found: dict[tuple[str, str], list[Start]] = defaultdict(list)
    for row in rows:
        found[row.process, row.phase].append(row)
    return Table(
        "Start of a fresh process, in ms",
        ("process", "until", "n", "CPU median", "CPU p90", "wall median", "wall p90"),
        tuple(
            (
                process,
                _PHASES.get(phase, phase),
                wording.count(len(samples)),
                *(
                    statistic(take, values)
                    for values in (
                        [sample.cpu_ms for sample in samples],
                        [sample.wall_ms for sample in samples],
                    )
                    for take in (median, p90)
                ),
            )
            for (process, phase), samples in sorted(
                found.items(), key=lambda one: (one[0][0], one[0][1] != "init")
            )
        ),
    )


def packages(rows: Sequence[Import]) -> Table:
    """Show the dearest packages to import."""
    return _imports("Imports by package, in ms", "package", by_package(rows))


def modules(rows: Sequence[Import]) -> Table:
    """Show the dearest modules to import."""
    return _imports("Imports by module, in ms", "module", by_module(rows))


def _imports(title: str, what: str, costs: Sequence[ImportCost]) -> Table:
    return Table(
        title,
        (what, "its own code", "with what it imports first"),
        tuple(
            (cost.name, wording.number(cost.self_ms), wording.number(cost.cumulative_ms))
            for cost in costs[:_TOP]
        ),
    )


def memory(rows: Sequence[Memory]) -> Table:
    """Show the resident memory of both processes over their dispatches, some ten rows of it."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row.dispatches][row.process] = row.resident_bytes
    counts = sorted(found)
    every = max(1, (len(counts) - 1) // _MEMORY_ROWS)
    shown = [*counts[:-1:every], *counts[-1:]]
    return Table(
        "Resident memory",
        ("dispatches", "service", "bare boto3 client", "ratio"),
        tuple(
            (
                wording.count(dispatches),
                *(
                    wording.mebibytes(found[dispatches][process])
                    if process in found[dispatches]
                    else wording.NONE
                    for process in ("service", "boto3")
                ),
                wording.ratio(found[dispatches]["service"] / found[dispatches]["boto3"])
                if len(found[dispatches]) > 1
                else wording.NONE,
            )
            for dispatches in shown
        ),
    )


def units(rows: Sequence[Units]) -> Table:
    """Show the capacity units of each case, as computed and as each engine reports them."""
    sources = sorted({row.source for row in rows}, key=lambda source: (source != "items", source))
    found: dict[tuple[str, str, int, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        found[row.design, row.case, row.actions, row.kind][row.source] = row.units
    return Table(
        "Capacity units of a request",
        (
            "design",
            "case",
            "actions",
            "kind",
            *("by AWS's rules" if source == "items" else source for source in sources),
            "an action",
        ),
        tuple(
            (
                design,
                case,
                wording.count(actions),
                kind,
                *(
                    wording.amount(by_source[source]) if source in by_source else wording.NONE
                    for source in sources
                ),
                wording.amount(by_source["items"] / actions)
                if "items" in by_source
                else wording.NONE,
            )
            for (design, case, actions, kind), by_source in found.items()
        ),
    )


def sizes(rows: Sequence[Package]) -> Table:
    """Show how large what is deployed is."""
    return Table(
        "What is deployed",
        ("what", "size"),
        tuple((row.name, wording.mebibytes(row.size_bytes)) for row in rows),
    )


def micro(rows: Sequence[Micro]) -> Table:
    """Show the parts, measured alone."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        found[row.suite, row.case].append(row.elapsed_us)
    return Table(
        "The parts alone, in µs",
        ("suite", "case", "n", "median", "p90", "p99"),
        tuple(
            (
                suite,
                case,
                wording.count(len(samples)),
                *(statistic(take, samples) for take in (median, p90, p99)),
            )
            for (suite, case), samples in sorted(found.items())
        ),
    )
