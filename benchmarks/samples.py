"""Raw samples: one CSV file for each measurement, one row for each sample, nothing summarised.

A report is made from these files alone, so anyone who doubts a figure can compute it again.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar, get_type_hints


class Latency(NamedTuple):
    """How long a request took, as its sender saw it; the engine ``deployed`` is AWS's."""

    engine: str
    round: int
    target: str
    operation: str
    elapsed_ms: float


class Step(NamedTuple):
    """When a step of one request had ended, counted from the sending of the request."""

    target: str
    request: int
    position: int
    step: str
    at_ms: float


class Growth(NamedTuple):
    """How a cost changes with a size.

    What grows is ``stream-length``, ``history`` (a read, by the length of its stream),
    ``batch-actions``, ``streams``, ``followers`` (of the table's stream: 0 or 1), ``board-bytes``,
    ``board-cards``, ``board-changes`` (see `benchmarks.measures.boards`), ``writers`` (on one
    stream) or ``writers-apart`` (each on its own stream). Metrics are ``elapsed_ms``,
    ``write_units``, ``read_units``, ``calls`` or ``answer_bytes`` (a request), ``attempts``
    (transactions sent for one append), ``appends_per_s`` and ``refused`` (appends answered 503, in
    a run).
    """

    subject: str
    size: int
    target: str
    round: int
    metric: str
    value: float


class Start(NamedTuple):
    """The time until a process could take (``init``) or had answered its first request."""

    process: str
    round: int
    phase: str
    cpu_ms: float
    wall_ms: float


class Import(NamedTuple):
    """The cost of an import, without and with its own; the parent was the first to import it."""

    module: str
    round: int
    parent: str
    self_us: int
    cumulative_us: int


class Memory(NamedTuple):
    """The resident memory of a process, warm (0: after its first request) and while it serves."""

    process: str
    dispatches: int
    resident_bytes: int


class Units(NamedTuple):
    """The units of all actions of a case; by AWS's rules (source ``items``), or as reported."""

    design: str
    case: str
    actions: int
    kind: str
    source: str
    units: float


class Package(NamedTuple):
    """The size of what is deployed: ``function`` (all files) or ``function, zipped``."""

    name: str
    size_bytes: int


class Micro(NamedTuple):
    """The time of one call, in one round of a pytest-benchmark suite."""

    suite: str
    case: str
    round: int
    elapsed_us: float


FILES: dict[type, str] = {
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
    """Write all samples of one kind, floats with four decimals, in place of an earlier file."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / FILES[kind]).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(kind._fields)
        for row in rows:
            table.writerow(
                round(value, _DIGITS) if isinstance(value, float) else value for value in row
            )


def read(directory: Path, kind: type[Row]) -> list[Row]:
    """Read all samples of one kind; none if they were not measured."""
    path = directory / FILES[kind]
    if not path.exists():
        return []
    types = get_type_hints(kind)
    columns = ", ".join(kind._fields)
    with path.open(newline="", encoding="utf-8") as file:
        table = csv.reader(file)
        if (header := tuple(next(table, ()))) != kind._fields:
            raise ValueError(
                f"{path.name}: expected the columns {columns}; received {', '.join(header)}. "
                "Measure again."
            )
        try:
            return [
                kind(*(types[name](value) for name, value in zip(kind._fields, line, strict=True)))
                for line in table
            ]
        except ValueError as error:
            raise ValueError(
                f"{path.name}, line {table.line_num}: expected {columns}; {error}. Measure again."
            ) from error
