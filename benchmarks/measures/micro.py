"""The parts of the service alone: runs the suites of `benchmarks.micro` with pytest-benchmark."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import checkout
from benchmarks.samples import Micro

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUITES: Final = checkout.ROOT / "benchmarks" / "micro"

_PATIENCE_S: Final = 600.0
# A round is repeated calls for so long at least, so that the clock's own time does not count.
_ROUND_S: Final = 0.001
_LEAST_ROUNDS: Final = 5
_NAME: Final = re.compile(r"test_(\w+)(?:\[(.*)\])?")
_US_A_S: Final = 1_000_000


class SuitesFailed(Exception):
    """A suite did not run to its end.

    Parameters
    ----------
    said
        What pytest printed.
    """

    def __init__(self, said: str) -> None:
        super().__init__(f"The suites of benchmarks/micro were to pass; pytest says: {said}")
        self.said = said


def measure(*, case_s: float) -> Iterator[Micro]:
    """Run all suites in a process of its own.

    Parameters
    ----------
    case_s
        For how long each case is repeated, in seconds; at least five rounds in any case.

    Raises
    ------
    SuitesFailed
        When one fails.
    """
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as directory:
        file = Path(directory) / "suites.json"
        options = [
            f"--benchmark-max-time={case_s}",
            f"--benchmark-min-time={_ROUND_S}",
            f"--benchmark-min-rounds={_LEAST_ROUNDS}",
            f"--benchmark-json={file}",
            "-p",
            "no:cacheprovider",
        ]
        command = [sys.executable, "-m", "pytest", "--quiet", str(SUITES), *options]
        run = subprocess.run(
            command,
            cwd=checkout.ROOT,
            # Of its own: not the options and plugins of a pytest that may be running this.
            env={k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        if run.returncode:
            raise SuitesFailed(run.stdout + run.stderr)
        document = json.loads(file.read_text(encoding="utf-8"))
    yield from read(document)


def read(document: Mapping[str, Any]) -> Iterator[Micro]:
    """Read what pytest-benchmark wrote, with its data.

    Parameters
    ----------
    document
        Of each benchmark ``group``, ``name`` and ``stats.data``: seconds for one call, by rounds.
    """
    for benchmark in document["benchmarks"]:
        for lap, elapsed_s in enumerate(benchmark["stats"]["data"]):
            yield Micro(benchmark["group"], case_of(benchmark["name"]), lap, elapsed_s * _US_A_S)


def case_of(name: str) -> str:
    """Make a test's name readable.

    Parameters
    ----------
    name
        As pytest has it; parameters are parted by hyphens.

    Raises
    ------
    ValueError
        When it is no test's name.

    Examples
    --------
    >>> case_of("test_reduce_batch[1 action-small state]")
    'reduce batch, 1 action, small state'
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise ValueError(f"expected the name of a test, such as test_encode; received {name!r}")
    function, parameters = found.groups()
    parts = [function.replace("_", " "), *(parameters.split("-") if parameters else [])]
    return ", ".join(parts)
