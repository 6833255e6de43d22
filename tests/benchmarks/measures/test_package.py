from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.measures import package
from benchmarks.samples import Package

if TYPE_CHECKING:
    from pathlib import Path


def sizes(directory: Path) -> dict[str, int]:
    return {row.name: row.size_bytes for row in package.measure(directory)}


def test_all_files_count(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_bytes(b"x" * 300)
    (tmp_path / "module.py").write_bytes(b"y" * 20)
    assert next(package.measure(tmp_path)) == Package("function", 320)


def test_the_archive_is_compressed(tmp_path: Path) -> None:
    (tmp_path / "same.py").write_bytes(b"x" * 100_000)
    assert sizes(tmp_path)["function, zipped"] < 1000


def test_what_cannot_be_compressed_stays_as_large(tmp_path: Path) -> None:
    (tmp_path / "compiled.so").write_bytes(os.urandom(100_000))
    assert 100_000 < sizes(tmp_path)["function, zipped"] < 101_000


@pytest.mark.parametrize("directory", ["missing", "."])
def test_what_is_not_built_is_an_error(tmp_path: Path, directory: str) -> None:
    with pytest.raises(package.NotBuilt, match="run make build") as error:
        sizes(tmp_path / directory)
    assert error.value.directory == tmp_path / directory
