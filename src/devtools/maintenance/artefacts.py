"""The content of packages."""

from __future__ import annotations

import json
import tarfile
import zipfile
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Wheel(NamedTuple):
    """A Python package: its metadata, and the sizes of its files in bytes."""

    name: str
    version: str
    requires: tuple[str, ...]
    files: Mapping[str, int]


class NpmPackage(NamedTuple):
    """An npm package: its ``package.json``, and the names of its files."""

    manifest: dict[str, Any]
    files: frozenset[str]


def read_wheel(path: Path) -> Wheel:
    """Read a wheel."""
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: info.file_size for info in archive.infolist()}
        (metadata,) = (name for name in files if name.endswith(".dist-info/METADATA"))
        fields = BytesParser().parsebytes(archive.read(metadata))
    requires = tuple(fields.get_all("Requires-Dist", []))
    return Wheel(fields["Name"], fields["Version"], requires, files)


def read_npm_package(path: Path) -> NpmPackage:
    """Read an npm package."""
    with tarfile.open(path) as archive:
        files = frozenset(name.removeprefix("package/") for name in archive.getnames())
        manifest = archive.extractfile("package/package.json")
        assert manifest is not None  # noqa: S101  it is no folder
        return NpmPackage(json.load(manifest), files)
