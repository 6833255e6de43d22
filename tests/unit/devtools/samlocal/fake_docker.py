"""A command docker that says what a test wants, and keeps what it was asked."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.samlocal.docker import Docker

if TYPE_CHECKING:
    from pathlib import Path

INFO: dict[str, Any] = {
    "ServerVersion": "28.0.0",
    "Architecture": "x86_64",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
}
NETWORK = [{"Subnet": "fd00::/64"}, {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]
_SCRIPT = """\
#!{python}
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
arguments = " ".join(sys.argv[1:])
with (folder / "asked").open("a") as asked:
    asked.write(arguments + "\\n")
for start, (code, out, err) in json.loads((folder / "answers").read_text()).items():
    if arguments.startswith(start):
        sys.stdout.write(out)
        sys.stderr.write(err)
        sys.exit(code)
sys.exit("unexpected: " + arguments)
"""


@dataclass
class FakeDocker:
    """A folder with the command, and its answers by how a command line starts."""

    folder: Path
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answers = {
            "info": (0, json.dumps(INFO), ""),
            "context inspect": (0, "unix:///run/docker.sock\n", ""),
            "network inspect bridge": (0, json.dumps(NETWORK), ""),
            **self.answers,
        }
        command = self.folder / "docker"
        command.write_text(_SCRIPT.format(python=sys.executable))
        command.chmod(0o755)
        (self.folder / "answers").write_text(json.dumps(self.answers))

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()

    def connect(self, **environ: str) -> Docker:
        return Docker({**self.environ, **environ})
