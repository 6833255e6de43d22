"""What sam build makes: the functions, and the layer with the service's code."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from benchmarks import checkout
from tests.benchmarks.streamed.design import STREAMED, TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sam

_SERVICE = checkout.SERVICE_DIR
_ELF_ARM64 = 0xB7


def _files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_build_holds_what_the_functions_need_and_nothing_else(tmp_path: Path) -> None:
    tools = checkout.ROOT / ".venv-sam" / "bin"
    if not (tools / "sam").exists():
        pytest.fail("The AWS SAM CLI is not installed: run make .venv-sam/.installed")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        [tools / "sam", "build", "-t", TEMPLATE, "--build-dir", tmp_path / "build"],
        # SAM keeps a record of its builds below its working directory.
        cwd=tmp_path,
        env=kept
        | {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": "",
            "SAM_CLI_TELEMETRY": "0",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    _check_layer(tmp_path / "build")
    libraries = [*(tmp_path / "build").rglob("*.so")]
    assert libraries
    for library in libraries:
        assert ".cpython-313-" in library.name or ".abi3." in library.name
        assert int.from_bytes(library.read_bytes()[18:20], "little") == _ELF_ARM64
    folders = {path.parents[2] for path in (tmp_path / "build").rglob("handlers/reduce.py")}
    assert folders
    assert all(_files(folder) == _files(STREAMED / "functions") for folder in folders)


def _check_layer(built: Path) -> None:
    (layer,) = built.glob("ServiceLayer*/python")
    assert _files(layer / "roundtrip") == _files(_SERVICE / "roundtrip")
    requirements = (_SERVICE / "requirements.txt").read_text("utf-8").splitlines()
    assert {
        info.name.removesuffix(".dist-info").replace("-", "==").replace("_", "-")
        for info in layer.glob("*.dist-info")
    } == {line.strip() for line in requirements if "==" in line}
    assert not [path for path in layer.iterdir() if path.name.startswith(".")]
    assert not {"app", "boto3", "bin"} & {path.name for path in layer.iterdir()}
