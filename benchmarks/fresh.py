"""Fresh Python processes, with what a container of the function has and nothing more.

They see the service, its distributions and boto3; no test runner, no coverage, no setting of the
shell. Python's bytecode is used, written by the first process: as in a package that ships it.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import psutil

from benchmarks import checkout, distributions
from benchmarks.containers import environment
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.engines import Engine

Kind: TypeAlias = Literal["service", "boto3"]
KINDS: Final[tuple[Kind, ...]] = ("service", "boto3")

_PATIENCE_S: Final = 60.0
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
# No site-packages, and nothing of the directory that a program lies in.
_OPTIONS: Final = ("-S", "-P")
_SIGN: Final = re.compile(r"[0-9 ]*\n")
_CHILD: Final = str(Path(__file__).with_name("child.py"))


class ProcessFailed(Exception):
    """A fresh process did not do what it was started for.

    Parameters
    ----------
    what
        What was run.
    said
        What it left on standard error.
    """

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"A fresh process was to run {what}, and failed: {said.strip()}")
        self.what = what
        self.said = said


@dataclass(frozen=True)
class Ground:
    """Where fresh processes start.

    Parameters
    ----------
    environment
        All the variables that they have.
    """

    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Run Python to its end and give what it wrote to standard error.

        Parameters
        ----------
        arguments
            Of Python.

        Raises
        ------
        ProcessFailed
            When it did not exit with 0.
        subprocess.TimeoutExpired
            When it did not end.
        """
        run = subprocess.run(
            _python(arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        if run.returncode:
            raise ProcessFailed(" ".join(arguments), run.stderr)
        return run.stderr

    @contextlib.contextmanager
    def serving(self, kind: Kind) -> Iterator[Serving]:
        """Run a process that answers requests, for a ``with`` block."""
        with subprocess.Popen(
            _python([_CHILD, kind]),
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield Serving(kind, process)
            finally:
                process.kill()


class Serving:
    """A process that answers requests.

    Parameters
    ----------
    kind
        ``service`` takes HTTP API events, ``boto3`` the arguments of TransactWriteItems.
    process
        As `benchmarks.child` is run.
    """

    def __init__(self, kind: Kind, process: subprocess.Popen[str]) -> None:
        if process.stdin is None or process.stderr is None:
            raise TypeError("process: expected one with pipes, received one without.")
        self._kind = kind
        self._pid = process.pid
        self._input = process.stdin
        self._said = process.stderr

    def begin(self, request: Any) -> list[int]:
        """Send the first request, and give what `benchmarks.child` tells of it.

        Returns
        -------
        list of int
            CPU and wall time until it was ready, CPU and wall time until it had answered, in ns.
        """
        return [int(part) for part in self._tell(f"{request!r}\n").split()]

    def go_on(self, requests: Iterable[Any]) -> None:
        """Send further requests, and wait until they are answered."""
        self._tell("".join(f"{request!r}\n" for request in requests) + "\n")

    @property
    def resident_bytes(self) -> int:
        """Its resident memory now."""
        return int(psutil.Process(self._pid).memory_info().rss)

    def _tell(self, lines: str) -> str:
        """Write, and read the line by which the process says that it is done."""
        # When it has ended, its standard error has the reason.
        with contextlib.suppress(BrokenPipeError):
            self._input.write(lines)
            self._input.flush()
        answer = self._said.readline()
        if not _SIGN.fullmatch(answer):
            raise ProcessFailed(self._kind, answer + self._said.read())
        return answer


@contextlib.contextmanager
def ground(engine: Engine, table: str) -> Iterator[Ground]:
    """Prepare the ground, for a ``with`` block.

    Parameters
    ----------
    engine, table
        Where processes find their table.
    """
    function = Template(checkout.TEMPLATE).function()
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as directory:
        distributions.link(distributions.of_the_service(), Path(directory))
        yield Ground(
            {
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                **environment(engine, table, function),
                "PYTHONPATH": os.pathsep.join(
                    (str(checkout.SERVICE_DIR), str(checkout.FUNCTIONS_DIR), directory)
                ),
            }
        )


def _python(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, *_OPTIONS, *arguments]
