"""The installed distributions that a function needs, put apart from all the others.

A development environment has many more than a function's package. They would take part: pydantic,
for instance, reads what every installed distribution says of itself in search of plugins.
"""

from __future__ import annotations

from importlib.metadata import Distribution, distribution
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from benchmarks import checkout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OF_THE_RUNTIME: Final = "boto3"
"""What Lambda's runtime brings along:
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-dependencies"""


def of_the_service() -> list[str]:
    """Name what the service requires, and what Lambda's runtime has."""
    lines = (checkout.SERVICE_DIR / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = [Requirement(line).name for line in lines if line and not line.startswith("#")]
    return [OF_THE_RUNTIME, *required]


def link(names: Iterable[str], directory: Path) -> None:
    """Make a directory in which Python finds some distributions, and what they require, only.

    Parameters
    ----------
    names
        Of installed distributions.
    directory
        An empty one; it gets links to packages and modules.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        When one is not installed.
    """
    for one in _with_required(names):
        for entry in sorted(_entries(one)):
            (directory / entry).symlink_to(str(one.locate_file(entry)))


def _with_required(names: Iterable[str]) -> Iterator[Distribution]:
    waiting, found = list(names), set[str]()
    while waiting:
        one = distribution(waiting.pop())
        if one.name not in found:
            found.add(one.name)
            yield one
            required = map(Requirement, one.requires or [])
            waiting += [
                need.name
                for need in required
                if need.marker is None or need.marker.evaluate({"extra": ""})
            ]


def _entries(one: Distribution) -> set[str]:
    # Scripts lie elsewhere (..), and bytecode of single modules is not the distribution's own.
    return {file.parts[0] for file in one.files or []} - {"..", "__pycache__"}
