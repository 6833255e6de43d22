"""The parts of the service alone: runs the cases of `benchmarks.micro` with pytest-benchmark."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import checkout
from benchmarks.samples import Micro

SUITES: Final = checkout.ROOT / "benchmarks" / "micro"
_PATIENCE_S: Final = 600.0
# A round repeats calls for at least this time, so that the clock's own time does not count.
_ROUND_S: Final = 0.001
_LEAST_ROUNDS: Final = 5
_US_A_S: Final = 1_000_000


class SuitesFailed(Exception):
    """A suite did not run to its end; the message has the output of pytest."""


def measure(*, case_s: float) -> Iterator[Micro]:
    """Time each case for some seconds, at least five rounds; raise `SuitesFailed` if one fails."""
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as directory:
        file = Path(directory) / "suites.json"
        options = [
            f"--benchmark-max-time={case_s}",
            f"--benchmark-min-time={_ROUND_S}",
            f"--benchmark-min-rounds={_LEAST_ROUNDS}",
            f"--benchmark-json={file}",
            "-pno:cacheprovider",
        ]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "--quiet", str(SUITES), *options],
            cwd=checkout.ROOT,
            # Without the options and plugins of a pytest that may be running this.
            env={k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        if run.returncode:
            raise SuitesFailed(
                f"The suites of benchmarks/micro failed; pytest says: {run.stdout}{run.stderr}"
            )
        document = json.loads(file.read_text(encoding="utf-8"))
    for benchmark in document["benchmarks"]:
        for lap, elapsed_s in enumerate(benchmark["stats"]["data"]):
            yield Micro(benchmark["group"], benchmark["param"], lap, elapsed_s * _US_A_S)
