import os
from pathlib import Path

import pytest

from benchmarks.measures import package


def sizes(directory: Path) -> dict[str, int]:
    return {row.name: row.size_bytes for row in package.measure(directory)}


def test_all_files_count(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_bytes(b"x" * 300)
    (tmp_path / "module.py").write_bytes(b"y" * 20)
    assert sizes(tmp_path)["function"] == 320


@pytest.mark.parametrize(
    ("content", "least", "most"),
    [(b"x" * 100_000, 1, 1000), (os.urandom(100_000), 100_000, 101_000)],
    ids=["same bytes", "random bytes"],
)
def test_the_archive_is_compressed_where_that_is_possible(
    tmp_path: Path, content: bytes, least: int, most: int
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert least < sizes(tmp_path)["function, zipped"] < most


@pytest.mark.parametrize("directory", ["missing", "."])
def test_a_missing_build_is_an_error(tmp_path: Path, directory: str) -> None:
    with pytest.raises(package.NotBuilt, match="run make build") as error:
        sizes(tmp_path / directory)
    assert str(tmp_path / directory) in str(error.value)
