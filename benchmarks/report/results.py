"""The samples of one results directory."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, get_type_hints

import polars as pl

from benchmarks import samples
from benchmarks.model.assumptions import Assumptions, Unmeasured, from_measurements

RUN_FILE: Final = "run.json"
KINDS: Final = {Path(file).stem: kind for kind, file in samples.FILES.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """The samples of a run: a frame for each CSV file, without rows if there is no such file."""

    run: Mapping[str, Any]
    latency: pl.DataFrame
    timeline: pl.DataFrame
    growth: pl.DataFrame
    cold: pl.DataFrame
    imports: pl.DataFrame
    memory: pl.DataFrame
    units: pl.DataFrame
    package: pl.DataFrame
    micro: pl.DataFrame

    @cached_property
    def assumptions(self) -> Assumptions:
        """The assumptions of the model, replaced by the run's measurements where it has any."""
        try:
            return from_measurements(samples.Latency(*row) for row in self.latency.iter_rows())
        except Unmeasured:
            return Assumptions()


def frame(kind: type, rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    """Make a data frame of samples of one kind, such as `benchmarks.samples.Latency`."""
    return pl.DataFrame(list(rows), schema=get_type_hints(kind), orient="row")


def load(directory: Path) -> Results:
    """Read all samples of a directory; ValueError tells what is wrong with a file."""
    if not directory.is_dir():
        raise FileNotFoundError(
            f"expected a directory of samples at {directory}; there is none. "
            "Measure first: python -m benchmarks run"
        )
    run = directory / RUN_FILE
    return Results(
        run=json.loads(run.read_text(encoding="utf-8")) if run.exists() else {},
        **{name: frame(kind, samples.read(directory, kind)) for name, kind in KINDS.items()},
    )
