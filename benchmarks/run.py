"""``python -m benchmarks run``: measure everything on this machine."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from benchmarks import checkout, engines, machine, samples
from benchmarks.measures.package import NotBuilt
from benchmarks.phases import PHASES
from benchmarks.plan import FULL, QUICK
from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.phases import Phase
    from benchmarks.plan import Plan

RESULTS: Final = checkout.ROOT / "benchmarks" / "results"

_MEASURED: Final = (
    samples.Latency,
    samples.Step,
    samples.Growth,
    samples.Units,
    samples.Start,
    samples.Import,
    samples.Memory,
    samples.Package,
    samples.Micro,
)


def main(arguments: Sequence[str]) -> int:
    """Measure, and leave the samples in a directory.

    Parameters
    ----------
    arguments
        The command line after ``run``.

    Returns
    -------
    int
        The exit code: 0, or 1 after one sentence on standard error. Wrong usage exits with 2.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks run",
        description="Measure everything on this machine, on engines that it starts itself.",
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="DIR", help="default: benchmarks/results"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything, too little to go by"
    )
    chosen = parser.parse_args(arguments)
    try:
        # Where the samples go is no part of how they were made.
        command = ["run", *(["--quick"] if chosen.quick else [])]
        run(chosen.out, QUICK if chosen.quick else FULL, command=command)
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the samples of an earlier run are as they were.", file=sys.stderr)
        return 1
    return 0


def run(out: Path, plan: Plan, *, command: Sequence[str]) -> None:
    """Run every phase, and put the samples in the place of those of an earlier run.

    Nothing is written before the last phase is over, so that a run that ends early harms nothing.

    Parameters
    ----------
    out
        Where to.
    plan
        How much.
    command
        What the run is called by, for ``run.json``.
    """
    gathered: dict[Any, list[Any]] = {kind: [] for kind in _MEASURED}
    progress = _Progress(PHASES)
    with patch.dict(os.environ, _own_environment(), clear=True), engines.running() as engine:
        for phase in PHASES:
            progress.begin(phase)
            try:
                for row in phase.measure(engine, plan):
                    gathered[type(row)].append(row)
            except NotBuilt as error:
                progress.leave_out(str(error))
            else:
                progress.end(phase)
    machine.write(out, command)
    for kind, rows in gathered.items():
        samples.write(out, kind, rows)


def _own_environment() -> dict[str, str]:
    """Give this process's environment without the settings of the SDK, a proxy or the service."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "POWERTOOLS_")) and not name.lower().endswith("_proxy")
    }
    return {**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


class _Progress:
    """Says on standard error how far a run is, in a line for each phase."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        self._phases = phases
        self._began_s = self._phase_began_s = time.monotonic()

    def begin(self, phase: Phase) -> None:
        self._phase_began_s = time.monotonic()
        place = self._phases.index(phase)
        print(f"[{place + 1}/{len(self._phases)}] {phase.name} ...", end=" ", file=sys.stderr)
        sys.stderr.flush()

    def leave_out(self, why: str) -> None:
        print(f"left out. {why}", file=sys.stderr)

    def end(self, phase: Phase) -> None:
        now_s = time.monotonic()
        place = self._phases.index(phase) + 1
        done_s = sum(one.expected_s for one in self._phases[:place])
        left_s = sum(one.expected_s for one in self._phases[place:])
        # As much slower or faster than expected as what is done.
        left_s *= (now_s - self._began_s) / done_s
        took = f"{now_s - self._phase_began_s:.0f} s"
        print(f"{took}; about {left_s:.0f} s left" if left_s else took, file=sys.stderr)
