"""A Docker that gives prepared answers and records what it was asked."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.samlocal.docker import Docker

if TYPE_CHECKING:
    from collections.abc import Mapping

INFO: dict[str, Any] = {
    "ServerVersion": "28.0.0",
    "Architecture": "x86_64",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
}
NETWORK = [{"Subnet": "fd00::/64"}, {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]

Answer = tuple[int, str, str]


class FakeDocker(Docker):
    """Its answers are exit code, output and error output, by the start of a command line."""

    def __init__(self, answers: Mapping[str, Answer] | None = None, **environ: str) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, Answer] = {
            "info": info(),
            "context inspect": (0, "unix:///run/docker.sock\n", ""),
            "network inspect bridge": (0, json.dumps(NETWORK), ""),
            **(answers or {}),
        }
        super().__init__(environ)

    def _run(self, *arguments: str, **_options: Any) -> subprocess.CompletedProcess[str]:
        line = " ".join(arguments)
        self.asked.append(line)
        (answer,) = (one for start, one in self._answers.items() if line.startswith(start))
        return subprocess.CompletedProcess(line, *answer)


def info(**changes: Any) -> Answer:
    """Return what ``docker info`` says."""
    return 0, json.dumps(INFO | changes), ""
