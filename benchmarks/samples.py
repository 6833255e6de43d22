"""Raw samples: one CSV file a measurement, one row a sample, nothing summarised.

A report is made of these files alone, so whoever doubts a figure can make it again from them.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple, TypeVar, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Latency(NamedTuple):
    """How long one request took, as its sender saw it.

    Parameters
    ----------
    engine
        Name of the DynamoDB engine behind it; ``deployed`` when it is AWS's.
    round
        Which of the interleaved rounds; 0-based.
    target, operation
        What was asked, and what for: ``create``, ``update`` or ``read``.
    elapsed_ms
        From before the sending to after the reading of the answer.
    """

    engine: str
    round: int
    target: str
    operation: str
    elapsed_ms: float


class Step(NamedTuple):
    """When one request reached a step.

    Parameters
    ----------
    target
        Which design.
    request
        Which request; 0-based.
    position
        Place of the step in the order of steps; 0-based.
    step
        What had just ended.
    at_ms
        Since the request was sent.
    """

    target: str
    request: int
    position: int
    step: str
    at_ms: float


class Growth(NamedTuple):
    """How a cost moves with a size.

    Parameters
    ----------
    subject
        What grows: ``stream-length``, ``state-bytes``, ``batch-actions``, ``streams``, ``writers``
        (on one stream) or ``writers-apart`` (each on streams of its own).
    size
        How large it was.
    target
        ``coupled-warm``, ``coupled-cold-cache`` or a floor.
    round
        Which of the interleaved rounds; 0-based.
    metric
        ``elapsed_ms``, ``write_units`` or ``read_units`` (a request), ``attempts`` (transactions
        sent for one append), ``appends_per_s``, ``refused`` (appends answered 503, in a run).
    value
        The sample.
    """

    subject: str
    size: int
    target: str
    round: int
    metric: str
    value: float


class Start(NamedTuple):
    """The start of a fresh process.

    Parameters
    ----------
    process
        ``service`` (``Roundtrip(STORES)``) or ``boto3`` (``boto3.client("dynamodb")``).
    round
        Which of the interleaved rounds; 0-based.
    phase
        ``init``: until it could take a request; ``answer``: until it had answered the first.
    cpu_ms, wall_ms
        Since the process began to run Python.
    """

    process: str
    round: int
    phase: str
    cpu_ms: float
    wall_ms: float


class Import(NamedTuple):
    """What a module cost to import, in a fresh process.

    Parameters
    ----------
    module
        Its name.
    round
        Which process; 0-based.
    parent
        Who imported it first; empty for the outermost.
    self_us, cumulative_us
        Without and with what it imported first.
    """

    module: str
    round: int
    parent: str
    self_us: int
    cumulative_us: int


class Memory(NamedTuple):
    """The resident memory of a process.

    Parameters
    ----------
    process
        ``service`` or ``boto3``.
    dispatches
        How many requests it had served; 0: it was warm, after the first.
    resident_bytes
        Of the process.
    """

    process: str
    dispatches: int
    resident_bytes: int


class Units(NamedTuple):
    """Capacity units of one action.

    Parameters
    ----------
    design
        ``coupled`` or ``streamed``.
    case
        What was done, such as ``small action`` or ``small action with a key``.
    actions
        How many actions shared these units.
    kind
        ``write`` or ``read``.
    source
        ``items`` (computed from item sizes by AWS's rules) or an engine's name (as it reported).
    units
        Of all the actions together.
    """

    design: str
    case: str
    actions: int
    kind: str
    source: str
    units: float


class Package(NamedTuple):
    """The size of what is deployed.

    Parameters
    ----------
    name
        ``function`` or ``function, zipped``.
    size_bytes
        Of all files, or of the archive.
    """

    name: str
    size_bytes: int


class Micro(NamedTuple):
    """One round of a pytest-benchmark suite.

    Parameters
    ----------
    suite, case
        Its group and its name.
    round
        0-based.
    elapsed_us
        Of one call.
    """

    suite: str
    case: str
    round: int
    elapsed_us: float


_FILES: dict[type, str] = {
    Latency: "latency.csv",
    Step: "timeline.csv",
    Growth: "growth.csv",
    Start: "cold.csv",
    Import: "imports.csv",
    Memory: "memory.csv",
    Units: "units.csv",
    Package: "package.csv",
    Micro: "micro.csv",
}
_DIGITS = 4

Row = TypeVar("Row", Latency, Step, Growth, Start, Import, Memory, Units, Package, Micro)


def write(directory: Path, kind: type[Row], rows: Iterable[Row]) -> None:
    """Write all samples of one kind; what the file held before is gone.

    Parameters
    ----------
    directory
        Where to; made if it is missing.
    kind
        Which samples.
    rows
        The samples; numbers are kept to four digits after the point.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / _FILES[kind]).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(kind._fields)
        for row in rows:
            table.writerow(
                round(value, _DIGITS) if isinstance(value, float) else value for value in row
            )


def read(directory: Path, kind: type[Row]) -> list[Row]:
    """Read all samples of one kind; none when they were not measured.

    Raises
    ------
    ValueError
        When the file has other columns, or a value has another type.
    """
    path = directory / _FILES[kind]
    if not path.exists():
        return []
    types = get_type_hints(kind)
    with path.open(newline="", encoding="utf-8") as file:
        table = csv.reader(file)
        if (header := tuple(next(table, ()))) != kind._fields:
            raise ValueError(
                f"{path.name}: expected the columns {', '.join(kind._fields)}; "
                f"received {', '.join(header)}. Measure again."
            )
        try:
            return [
                kind(*(types[name](value) for name, value in zip(kind._fields, line, strict=True)))
                for line in table
            ]
        except ValueError as error:
            raise ValueError(
                f"{path.name}, line {table.line_num}: expected {', '.join(kind._fields)}; {error}. "
                "Measure again."
            ) from error
