"""One reading of each cost of a process or a request, every number in it taken from the samples."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.report import wording
from benchmarks.report.budgets import GROWING
from benchmarks.report.latency import Missing
from benchmarks.report.measured import DISPATCHES, resident
from benchmarks.report.packages import OF_BOTO3, STANDARD_LIBRARY, by_package
from benchmarks.report.statistics import median

if TYPE_CHECKING:
    from benchmarks.report.results import Results


def cold(results: Results) -> str:
    """Say what a start costs, and which packages cost most.

    Raises
    ------
    Missing
        When starts were not measured.
    """
    cpu = {
        process: [
            row.cpu_ms for row in results.starts if (row.process, row.phase) == (process, "init")
        ]
        for process in ("service", "boto3")
    }
    if not all(cpu.values()):
        raise Missing("cold starts")
    text = (
        f"A fresh process is ready for a request after {wording.ms(median(cpu['service']))} of CPU "
        f"time; a bare boto3 client is after {wording.ms(median(cpu['boto3']))}."
    )
    own = [
        f"{cost.name} ({wording.ms(cost.self_ms)})"
        for cost in by_package(results.imports)
        if cost.name not in OF_BOTO3 and cost.name != STANDARD_LIBRARY
    ]
    if own:
        text += (
            f" Beside boto3, the dearest packages to import are {wording.listing(own[:3])}; "
            "each module counts with what it does when it is imported, app.main with making the "
            "client."
        )
    return text


def memory(results: Results) -> str:
    """Say what memory a warm process holds, and whether it grows.

    Raises
    ------
    Missing
        When it was not measured.
    """
    service, bare = resident(results, "service"), resident(results, "boto3")
    if not service or not bare:
        raise Missing("memory")
    (_, began), (last, ended), (_, base) = service[0], service[-1], bare[-1]
    return (
        f"The service holds {wording.mebibytes(began)} once it is warm and "
        f"{wording.mebibytes(ended)} after {wording.count(last)} dispatches; a process with a "
        f"bare boto3 client holds {wording.mebibytes(base)} in the end. It counts as growing when "
        f"the second half of the samples rises by more than {wording.amount(GROWING)} % in "
        f"{wording.count(DISPATCHES)} dispatches."
    )


def units(results: Results) -> str:
    """Say how what the engines report differs from AWS's rules.

    Raises
    ------
    Missing
        When units were not counted.
    """
    if not results.units:
        raise Missing("capacity units")
    text = (
        "What AWS charges follows from the sizes of the items: a write in a transaction costs two "
        "units for each started KB, a consistent read one for each started 4 KB "
        "([AWS](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "read-write-operations.html)). Budgets are held to that, not to what engines report."
    )
    by_rule = {
        (row.design, row.case): row.units
        for row in results.units
        if (row.kind, row.source) == ("write", "items") and row.units
    }
    if (ids := ("coupled", "action on a 50 KB state, a UUID in each row")) in by_rule:
        text += (
            " States are stored compressed; where a UUID in each row leaves little to compress, "
            f"an action on 50 KB costs {wording.amount(by_rule[ids])} write units."
        )
    ratios: dict[str, list[float]] = defaultdict(list)
    for row in results.units:
        case = (row.design, row.case)
        if row.kind == "write" and row.source != "items" and case in by_rule:
            ratios[row.source].append(row.units / by_rule[case])
    parts = [
        f"{source} in {found.count(1)} of {len(found)} cases ({wording.ratio(min(found))} to "
        f"{wording.ratio(max(found))} times the units)"
        for source, found in sorted(ratios.items())
    ]
    if parts:
        text += f" Engines agree with the rule for writes so: {'; '.join(parts)}."
    return text


def micro(results: Results) -> str:
    """Name the dearest part.

    Raises
    ------
    Missing
        When the parts were not measured.
    """
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in results.micro:
        found[row.suite, row.case].append(row.elapsed_us)
    if not found:
        raise Missing("the parts alone")
    medians = {key: median(values) for key, values in found.items()}
    suite, case = max(medians, key=lambda key: (medians[key], key))
    return (
        f"{wording.count(len(medians))} parts of the service, without DynamoDB; the dearest is "
        f"{case} ({suite}): {wording.number(medians[suite, case])} µs."
    )
