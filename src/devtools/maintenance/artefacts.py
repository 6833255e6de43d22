"""What is inside of a package."""

from __future__ import annotations

import email.parser
import json
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A Python package.

    Parameters
    ----------
    name, version : str
        What it says it is.
    requires : tuple of str
        What it depends on.
    files : Mapping
        The sizes of its files, in bytes, by name.
    """

    name: str
    version: str
    requires: tuple[str, ...]
    files: Mapping[str, int]

    @property
    def top_level(self) -> set[str]:
        """What it installs, but for the notes about itself."""
        names = {name.partition("/")[0] for name in self.files}
        return {name for name in names if not name.endswith(".dist-info")}

    @property
    def licences(self) -> list[str]:
        """Its licence files."""
        return [name for name in self.files if ".dist-info/licenses/" in name]


def read_wheel(path: Path) -> Wheel:
    """Read a wheel.

    Parameters
    ----------
    path : Path
        Its file.
    """
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: info.file_size for info in archive.infolist()}
        (metadata,) = (name for name in files if name.endswith(".dist-info/METADATA"))
        said = email.parser.BytesParser().parsebytes(archive.read(metadata))
    return Wheel(
        name=said["Name"],
        version=said["Version"],
        requires=tuple(said.get_all("Requires-Dist", [])),
        files=files,
    )


@dataclass(frozen=True, kw_only=True)
class NpmPackage:
    """An npm package.

    Parameters
    ----------
    manifest : dict
        Its ``package.json``.
    files : frozenset of str
        Its files.
    """

    manifest: dict[str, Any]
    files: frozenset[str]


def read_npm_package(path: Path) -> NpmPackage:
    """Read an npm package.

    Parameters
    ----------
    path : Path
        Its file.

    Raises
    ------
    KeyError
        It has no ``package.json``.
    """
    with tarfile.open(path) as archive:
        files = frozenset(name.removeprefix("package/") for name in archive.getnames())
        manifest = archive.extractfile("package/package.json")
        assert manifest is not None  # noqa: S101  it is no folder
        return NpmPackage(manifest=json.load(manifest), files=files)
