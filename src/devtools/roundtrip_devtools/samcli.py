"""The AWS SAM CLI, and uv, by which it builds: programs of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.errors import SamError, Tool, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAM: Final = Tool(program="sam", purpose="the AWS SAM CLI", install="pipx install aws-sam-cli")
_UV: Final = Tool(
    program="uv", purpose="by which sam build installs packages", install="pip install uv"
)


class Sam:
    """An installed AWS SAM CLI.

    Parameters
    ----------
    environ : Mapping
        The environment that its commands are to have.

    Attributes
    ----------
    program : str
        Its file.
    environ : dict
        The environment its commands run in.

    Raises
    ------
    ToolMissing
        It is not installed; the message names uv too if that is missing as well.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        # What pip installs beside these tools is found also where their environment is not active.
        path = os.pathsep.join((environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
        # It is a Python program with packages of its own.
        kept = {name: value for name, value in environ.items() if name != "PYTHONPATH"}
        self.environ = kept | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}
        program = self._find(_SAM)
        if program is None:
            # All that is to be installed at once, not a tool at each attempt.
            raise ToolMissing(_SAM, *(() if self._find(_UV) else (_UV,)))
        self.program = program

    def require_uv(self) -> None:
        """Require what ``sam build`` runs.

        Raises
        ------
        ToolMissing
            It is not installed.
        """
        if self._find(_UV) is None:
            raise ToolMissing(_UV)

    def run(self, *arguments: str, cwd: Path) -> None:
        """Run a command, and show what it says.

        Parameters
        ----------
        *arguments : str
            The command and its options.
        cwd : Path
            The folder with the template.

        Raises
        ------
        SamError
            It failed.
        """
        command = [self.program, *arguments]
        done = subprocess.run(command, cwd=cwd, env=self.environ, check=False)
        if done.returncode:
            raise SamError(f"sam {arguments[0]} failed; what it said is above")

    def _find(self, tool: Tool) -> str | None:
        return shutil.which(tool.program, path=self.environ["PATH"])
