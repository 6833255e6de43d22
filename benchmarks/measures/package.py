"""The size of the function that ``make build`` makes."""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.samples import Package


class NotBuilt(Exception):
    """The directory of the function is missing or empty."""


def measure(directory: Path) -> Iterator[Package]:
    """Add up the files of a built function, and zip them as ``sam package`` does: deflated.

    Lambda allows 250 MB unzipped, and 50 MB zipped for a direct upload:
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    files = sorted(file for file in directory.rglob("*") if file.is_file())
    if not files:
        raise NotBuilt(
            f"{directory}: expected the files of the built function, found none; run make build."
        )
    yield Package("function", sum(file.stat().st_size for file in files))
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            for file in files:
                zipped.write(file, file.relative_to(directory))
        yield Package("function, zipped", archive.seek(0, 2))
