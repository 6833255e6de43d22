"""``python -m benchmarks run``: measure everything on this machine."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from benchmarks import checkout, engines, machine, samples
from benchmarks.measures.package import NotBuilt
from benchmarks.phases import PHASES
from benchmarks.plan import Plan, read_plan
from roundtrip_devtools.errors import DevtoolsError

RESULTS: Final = checkout.ROOT / "benchmarks" / "results"


def main(arguments: Sequence[str]) -> int:
    """Measure, leave the samples in a directory, and return the exit code: 0, or 1 on a failure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks run",
        description="Measure everything on this machine, on engines that it starts itself.",
    )
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="DIR", help="default: benchmarks/results"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything, too little to rely on"
    )
    chosen = parser.parse_args(arguments)
    try:
        # The place of the samples does not matter to how they were made.
        command = ["run", *(["--quick"] if chosen.quick else [])]
        run(chosen.out, read_plan("quick" if chosen.quick else "full"), command=command)
    except DevtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the samples of an earlier run are unchanged.", file=sys.stderr)
        return 1
    return 0


def run(out: Path, plan: Plan, *, command: Sequence[str]) -> None:
    """Run every phase, then replace the samples of an earlier run; ``run.json`` has the command.

    Nothing is written before the last phase has ended, so that a run that fails destroys nothing.
    """
    gathered: dict[Any, list[Any]] = {kind: [] for kind in samples.FILES}
    began_s = time.monotonic()
    done_s, left_s = 0.0, sum(phase.expected_s for phase in PHASES)
    with patch.dict(os.environ, _own_environment(), clear=True), engines.running() as engine:
        for place, phase in enumerate(PHASES, 1):
            print(f"[{place}/{len(PHASES)}] {phase.name} ...", end=" ", file=sys.stderr, flush=True)
            phase_began_s = time.monotonic()
            done_s, left_s = done_s + phase.expected_s, left_s - phase.expected_s
            try:
                for row in phase.measure(engine, plan):
                    gathered[type(row)].append(row)
            except NotBuilt as error:
                print(f"left out. {error}", file=sys.stderr)
                continue
            now_s = time.monotonic()
            # The rest is as much slower or faster than expected as what is done.
            rest_s = left_s * (now_s - began_s) / done_s
            took = f"{now_s - phase_began_s:.0f} s"
            print(f"{took}; about {rest_s:.0f} s left" if rest_s else took, file=sys.stderr)
    machine.write(out, command)
    for kind, rows in gathered.items():
        samples.write(out, kind, rows)


def _own_environment() -> dict[str, str]:
    """Return this process's environment without settings of the SDK, a proxy or the service."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "POWERTOOLS_")) and not name.lower().endswith("_proxy")
    }
    return {**kept, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
