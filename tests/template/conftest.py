"""The template as SAM transforms it and as CloudFormation would read it, and the profiles."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.cloudformation import Stack
from tests.template.harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.harness import Deploy, Sam, Transform


@pytest.fixture(scope="session")
def sam() -> Sam:
    python = ROOT / ".venv-sam" / "bin" / "python"
    if not python.exists():
        pytest.fail(
            "The AWS SAM CLI is not installed: run make .venv-sam/.installed", pytrace=False
        )
    # Nobody's account, and no question to it either; nor what make exports for our own modules.
    unwanted = ("AWS_", "SAM_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}

    def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, *arguments],
            cwd=cwd,
            env=kept | {"SAM_CLI_TELEMETRY": "0", "AWS_EC2_METADATA_DISABLED": "true"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def transform(sam: Sam) -> Transform:
    script = str(Path(__file__).with_name("sam_transform.py"))

    def run(**parameters: str) -> dict[str, Any]:
        result = sam(script, str(ROOT / "template.yaml"), json.dumps(parameters))
        assert result.returncode == 0, result.stderr
        template: dict[str, Any] = json.loads(result.stdout)
        return template

    return run


@pytest.fixture(scope="session")
def transformed(transform: Transform) -> dict[str, Any]:
    return transform()


@pytest.fixture(scope="session")
def deploy(transformed: dict[str, Any]) -> Deploy:
    def read(**parameters: str) -> Stack:
        return Stack(transformed, **parameters)

    return read


@pytest.fixture(scope="session")
def profiles() -> Mapping[str, Any]:
    return tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
