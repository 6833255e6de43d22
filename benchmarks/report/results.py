"""All that one results directory holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from benchmarks.report.growth import Curves
from benchmarks.report.latency import Latencies
from benchmarks.samples import (
    Growth,
    Import,
    Latency,
    Memory,
    Micro,
    Package,
    Start,
    Step,
    Units,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUN_FILE: Final = "run.json"


@dataclass(frozen=True, kw_only=True)
class Results:
    """The samples of a run, each kind empty when it was not measured.

    Parameters
    ----------
    run
        The machine, the versions, the date and the command, as ``run.json`` has them.
    latency, steps, growth, starts, imports, memory, units, packages, micro
        The rows of the CSV files, in their order.
    """

    run: Mapping[str, Any]
    latency: list[Latency]
    steps: list[Step]
    growth: list[Growth]
    starts: list[Start]
    imports: list[Import]
    memory: list[Memory]
    units: list[Units]
    packages: list[Package]
    micro: list[Micro]

    @cached_property
    def latencies(self) -> Latencies:
        """The samples of latency, found by what they are of."""
        return Latencies(self.latency)

    @cached_property
    def curves(self) -> Curves:
        """The samples of growth, by curve."""
        return Curves(self.growth)


class MissingResults(FileNotFoundError):
    """There is no directory to make a report of.

    Parameters
    ----------
    directory
        Which was asked for.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"expected a directory of samples at {directory}; there is none. "
            "Measure first: python -m benchmarks run"
        )
        self.directory = directory


def load(directory: Path) -> Results:
    """Read everything there is.

    Raises
    ------
    MissingResults
        When there is no such directory.
    ValueError
        When a file is not what `benchmarks.samples` writes.
    """
    if not directory.is_dir():
        raise MissingResults(directory)
    run = directory / RUN_FILE
    return Results(
        run=json.loads(run.read_text(encoding="utf-8")) if run.exists() else {},
        latency=read(directory, Latency),
        steps=read(directory, Step),
        growth=read(directory, Growth),
        starts=read(directory, Start),
        imports=read(directory, Import),
        memory=read(directory, Memory),
        units=read(directory, Units),
        packages=read(directory, Package),
        micro=read(directory, Micro),
    )
