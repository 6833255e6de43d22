"""A user with the built packages and without this checkout."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from maintenance.packages import make_wheels
from roundtrip_devtools.loopback import free_port
from tests import checkout
from tests.integration.test_dev_server import DEADLINE_S, DevServer
from tests.shared import once

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "my-app"

_UV = checkout.ROOT / ".venv" / "bin" / "uv"
_MYPY = checkout.ROOT / ".venv" / "bin" / "mypy"
_SAM_TOOLS = checkout.ROOT / ".venv-sam" / "bin"
# The user's shell does not have the modules and environment of this checkout, or settings of AWS,
# of make and of the tests.
_UNWANTED = ("AWS_", "COV_", "COVERAGE_", "MAKE", "MFLAGS", "PYTEST_", "PYTHON", "SAM_")
_UNWANTED_NAMES = {"PORT", "VIRTUAL_ENV"}


class Failed(Exception):
    """A command ended with an error; the message is its output."""

    def __init__(self, command: str, exit_code: int, output: str) -> None:
        super().__init__(f"{command} ended with {exit_code}\n{output}")
        self.exit_code = exit_code
        self.output = output


@dataclass(frozen=True, kw_only=True)
class Adopter:
    """A folder for projects, and an environment with the command ``roundtrip``."""

    home: Path
    wheels: Path
    environment: Path

    def program(self, name: str) -> Path:
        """Return a program of the environment."""
        return self.environment / "bin" / name

    def environ(self, *tools: Path) -> dict[str, str]:
        """Return the variables of a shell that finds the programs of the environment and tools."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_UNWANTED) and name not in _UNWANTED_NAMES
        }
        path = [str(self.environment / "bin"), *map(str, tools)]
        return kept | {
            "PATH": os.pathsep.join(path),
            "VIRTUAL_ENV": str(self.environment),
            "UV_FIND_LINKS": str(self.wheels),
            "PORT": str(free_port()),
        }

    def install(self, *requirements: str, cwd: Path | None = None) -> None:
        """Install into the environment."""
        python = f"--python={self.program('python')}"
        command: list[str | Path] = [_UV, "pip", "install", "--quiet", python, *requirements]
        run(command, cwd=cwd or self.home, environ=self.environ())

    def roundtrip(self, *command: str, cwd: Path, environ: dict[str, str] | None = None) -> str:
        """Run a command of ``roundtrip`` in a folder; return its output."""
        program = self.program("roundtrip")
        return run([program, *command], cwd=cwd, environ=environ or self.environ())

    def refusal(self, *command: str, cwd: Path) -> str:
        """Run a command of ``roundtrip`` that has to fail with one sentence; return that."""
        with pytest.raises(Failed) as failed:
            self.roundtrip(*command, cwd=cwd)
        assert failed.value.exit_code == 1, failed.value
        assert failed.value.output.count("\n") == 1, failed.value
        return failed.value.output.rstrip("\n")

    def with_sam(self) -> dict[str, str]:
        """Return the variables of a shell that also finds sam and uv."""
        return self.environ(_SAM_TOOLS, Path("/usr/bin"), Path("/bin"))

    def check_types(self, project: Path) -> None:
        """Check the code of a project with mypy --strict against the types of the packages."""
        environ = self.environ() | {"MYPYPATH": "src/service"}
        python = f"--python-executable={self.program('python')}"
        run([_MYPY, "--strict", python, "--package=app"], cwd=project, environ=environ)

    @contextlib.contextmanager
    def serving(self, project: Path) -> Iterator[DevServer]:
        """Run ``roundtrip dev`` in a project; wait until it is ready."""
        output = self.home / f"output-{time.monotonic_ns()}"
        with (
            output.open("wb") as file,
            subprocess.Popen(
                [self.program("roundtrip"), "dev"],
                cwd=project,
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            server = DevServer(process, output)
            try:
                server.wait_until_ready()
                yield server
                server.stop()
            finally:
                process.kill()  # For a test that failed; its children end with it.


def adopter(tmp_path_factory: pytest.TempPathFactory) -> Adopter:
    """Return a user with an empty folder, and an environment that the tests of a run share.

    It holds the tools, installed from wheels of this checkout.
    """
    home = tmp_path_factory.mktemp("home").resolve()

    def make(folder: Path) -> None:
        make_wheels(folder / "wheels")
        venv: list[str | Path] = [_UV, "venv", "--quiet", "--python", sys.executable]
        environment = folder / "venv"
        one = Adopter(home=folder, wheels=folder / "wheels", environment=environment)
        run([*venv, environment], cwd=folder, environ=one.environ())
        one.install("roundtrip-redux-devtools")

    shared = once(tmp_path_factory, "adopter", make).resolve()
    return Adopter(home=home, wheels=shared / "wheels", environment=shared / "venv")


def run(command: list[str | Path], *, cwd: Path, environ: dict[str, str]) -> str:
    """Run a command; return its output, or raise `Failed`."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_S * 2,
        check=False,
    )
    if done.returncode:
        raise Failed(" ".join(map(str, command)), done.returncode, done.stdout)
    return done.stdout


def documented_files(readme: Path) -> dict[str, str]:
    """Return the texts that a project's README says to write, by the path of the file."""
    text = readme.read_text("utf-8")
    found = re.findall(r"`(src/\S+\.py)`:\n\n```python\n(.*?)```", text, re.DOTALL)
    return dict(found)
