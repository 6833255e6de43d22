"""Fresh Python processes that have what a container of the function has, and nothing else.

They see the service, the distributions that it requires and boto3; no setting of the shell. More
distributions would take part: pydantic searches the metadata of every installed one for plugins.
Processes use the bytecode that the first one wrote, as with a package that ships it.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import psutil
from packaging.requirements import Requirement

from benchmarks import checkout
from benchmarks.containers import environment
from benchmarks.engines import Engine

Kind: TypeAlias = Literal["service", "another-store", "boto3"]
KINDS: Final[tuple[Kind, ...]] = ("service", "another-store", "boto3")

# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-dependencies
_OF_THE_RUNTIME: Final = "boto3"
_PATIENCE_S: Final = 60.0
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
# No site-packages, and nothing from the directory of the program.
_PYTHON: Final = (sys.executable, "-S", "-P")
_SIGN: Final = re.compile(r"[0-9 ]*\n")


class ProcessFailed(Exception):
    """A fresh process did not do what it was started for; the message has its standard error."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"A fresh process was to run {what}, and failed: {said.strip()}")


@dataclass(frozen=True)
class Ground:
    """All the variables of the environment in which fresh processes start."""

    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Run Python to its end, at most a minute, and return its standard error."""
        run = subprocess.run(
            [*_PYTHON, *arguments],
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
    def serving(self, kind: Kind) -> Iterator["Serving"]:
        """Run a process that answers requests, for a ``with`` block."""
        with subprocess.Popen(
            [*_PYTHON, str(Path(__file__).with_name("child.py")), kind],
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
    """A process of `benchmarks.child`, which answers requests.

    Requests are arguments of TransactWriteItems for ``boto3``, HTTP API events for the others.
    """

    def __init__(self, kind: Kind, process: subprocess.Popen[str]) -> None:
        self._kind = kind
        self._process = process

    def begin(self, request: Any) -> list[int]:
        """Send the first request; return CPU and wall time in ns until ready, until answered."""
        return [int(part) for part in self._ask(f"{request!r}\n").split()]

    def go_on(self, requests: Iterable[Any]) -> None:
        """Send more requests, and wait until they are answered."""
        self._ask("".join(f"{request!r}\n" for request in requests) + "\n")

    @property
    def resident_bytes(self) -> int:
        """The resident memory now."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def _ask(self, lines: str) -> str:
        """Write lines, and read the line that says that they are done."""
        if self._process.stdin is None or self._process.stderr is None:
            raise TypeError("process: expected one with pipes, received one without.")
        # If the process has ended, its standard error has the reason.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(lines)
            self._process.stdin.flush()
        answer = self._process.stderr.readline()
        if not _SIGN.fullmatch(answer):
            raise ProcessFailed(self._kind, answer + self._process.stderr.read())
        return answer


@contextlib.contextmanager
def ground(engine: Engine, table: str) -> Iterator[Ground]:
    """Prepare the environment of processes that use a table, for a ``with`` block."""
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as directory:
        link(required_by_the_service(), Path(directory))
        sources = (str(checkout.SERVICE_DIR), str(checkout.FUNCTIONS_DIR), directory)
        yield Ground(
            {
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                **environment(engine, table),
                "PYTHONPATH": os.pathsep.join(sources),
            }
        )


def required_by_the_service() -> list[str]:
    """Return the names of what the service requires, and of what Lambda's runtime has."""
    lines = (checkout.SERVICE_DIR / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = [Requirement(line).name for line in lines if line and not line.startswith("#")]
    return [_OF_THE_RUNTIME, *required]


def link(names: Iterable[str], directory: Path) -> None:
    """Fill an empty directory with links to distributions and to what they require."""
    for one in _with_required(names):
        # Scripts are elsewhere (..), and bytecode of single modules does not belong to one alone.
        for entry in {file.parts[0] for file in one.files or []} - {"..", "__pycache__"}:
            (directory / entry).symlink_to(str(one.locate_file(entry)))


def _with_required(names: Iterable[str]) -> Iterator[Distribution]:
    waiting, found = list(names), set[str]()
    while waiting:
        one = distribution(waiting.pop())
        if one.name not in found:
            found.add(one.name)
            yield one
            required = map(Requirement, one.requires or [])
            waiting += [
                need.name
                for need in required
                if need.marker is None or need.marker.evaluate({"extra": ""})
            ]
