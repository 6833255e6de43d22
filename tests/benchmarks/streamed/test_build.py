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

_ROOT = checkout.TEMPLATE.parent
_SERVICE = _ROOT / "src" / "service"
_ELF_ARM64 = 0xB7


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tools = _ROOT / ".venv-sam" / "bin"
    if not (tools / "sam").exists():
        pytest.fail("The AWS SAM CLI is not installed: run make .venv-sam/.installed")
    folder = tmp_path_factory.mktemp("streamed")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        [tools / "sam", "build", "-t", TEMPLATE, "--build-dir", folder / "build"],
        # It keeps a record of its builds below the directory it runs in.
        cwd=folder,
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
    return folder / "build"


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_layer_holds_the_service_and_what_it_needs(built: Path) -> None:
    (layer,) = built.glob("ServiceLayer*/python")
    own = {name for name in _files(_SERVICE / "roundtrip") if not name.endswith(".pyc")}
    assert _files(layer / "roundtrip") == own
    pinned = {
        line.strip()
        for line in (_SERVICE / "requirements.txt").read_text("utf-8").splitlines()
        if "==" in line
    }
    assert {
        info.name.removesuffix(".dist-info").replace("-", "==").replace("_", "-")
        for info in layer.glob("*.dist-info")
    } == pinned
    assert not [path for path in layer.iterdir() if path.name.startswith(".")]
    assert not {"app", "boto3", "bin"} & {path.name for path in layer.iterdir()}


def test_the_layer_is_for_the_functions_processor(built: Path) -> None:
    libraries = [*built.rglob("*.so")]
    assert libraries
    for library in libraries:
        assert ".cpython-313-" in library.name or ".abi3." in library.name
        assert int.from_bytes(library.read_bytes()[18:20], "little") == _ELF_ARM64


def test_the_functions_hold_their_own_code_only(built: Path) -> None:
    own = {name for name in _files(STREAMED / "functions") if not name.endswith(".pyc")}
    folders = {path.parent.parent for path in built.rglob("reduce.py")}
    assert folders
    for folder in folders:
        assert _files(folder) == own
