"""The AWS SAM CLI, and uv, with which it builds: programs of this machine."""

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
    program="uv", purpose="with which sam build installs packages", install="pip install uv"
)


class Sam:
    """An installed AWS SAM CLI: its program, and the environment of its commands.

    Raises
    ------
    ToolMissing
        The AWS SAM CLI is not installed. The message also names uv if that is missing.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        # Programs that pip installed beside these tools are found without activating anything.
        path = os.pathsep.join((environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))
        self.environ = {**environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
        # sam is a Python program with packages of its own.
        self.environ.pop("PYTHONPATH", None)
        program = self._find(_SAM)
        if program is None:
            raise ToolMissing(_SAM, *(() if self._find(_UV) else (_UV,)))
        self.program = program

    def require_uv(self) -> None:
        """Raise `ToolMissing` if uv, which ``sam build`` runs, is not installed."""
        if self._find(_UV) is None:
            raise ToolMissing(_UV)

    def run(self, *arguments: str, cwd: Path) -> None:
        """Run a command in a folder and show its output; raise `SamError` if it fails."""
        command = [self.program, *arguments]
        if subprocess.run(command, cwd=cwd, env=self.environ, check=False).returncode:
            raise SamError(f"sam {arguments[0]} failed; its output is above")

    def _find(self, tool: Tool) -> str | None:
        return shutil.which(tool.program, path=self.environ["PATH"])
