"""How large the function is that `make build` makes."""

from __future__ import annotations

import tempfile
import zipfile
from typing import TYPE_CHECKING

from benchmarks.samples import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NotBuilt(Exception):
    """There is no package to look at.

    Parameters
    ----------
    directory
        Where it was expected.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory}: expected the files of the built function, found none; run make build."
        )
        self.directory = directory


def measure(directory: Path) -> Iterator[Package]:
    """Add up the files of a function, and zip them as ``sam package`` does: deflated.

    Lambda allows 250 MB unzipped, and 50 MB zipped for a direct upload:
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

    Parameters
    ----------
    directory
        What ``sam build`` left for the function, such as ``.aws-sam/build/Function``.

    Raises
    ------
    NotBuilt
        When the directory is missing or has no files.
    """
    files = sorted(file for file in directory.rglob("*") if file.is_file())
    if not files:
        raise NotBuilt(directory)
    yield Package("function", sum(file.stat().st_size for file in files))
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for file in files:
                zipped.write(file, file.relative_to(directory))
        yield Package("function, zipped", archive.seek(0, 2))
