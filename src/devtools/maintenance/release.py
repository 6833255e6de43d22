"""Says whether the packages are fit to be published; it uploads nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from maintenance import ROOT
from maintenance.client import SOURCES, run_node
from maintenance.packages import DIST
from roundtrip import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


WHEELS: Final = {"roundtrip-redux": "roundtrip", "roundtrip-redux-devtools": "roundtrip_devtools"}
"""The packages on PyPI, and the one name that each of them installs."""

# The files of a new project may look like a project's.
_UNWANTED: Final = re.compile(
    r"(?!roundtrip_devtools/skeleton/)"
    r"(.*/)?((__pycache__|tests?|app|node_modules)/|\.[^/]|[^/]*\.(pyc$|test\.|spec\.))"
)
_NOTE: Final = (
    "Not checked here: that the names are free, or yours, on PyPI and npm. Nothing was uploaded."
)


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


def findings(dist: Path) -> list[str]:
    """Return a sentence for each fault of the packages in a folder."""
    wheels = sorted(dist.glob("*.whl"))
    tarballs = sorted(dist.glob("*.tgz"))
    read = [read_wheel(path) for path in wheels]
    if sorted(wheel.name for wheel in read) != sorted(WHEELS) or len(tarballs) != 1:
        made = ", ".join(path.name for path in (*wheels, *tarballs)) or "nothing"
        wanted = "two wheels and one npm package"
        return [f"{dist} should hold {wanted}, and holds {made}: run make packages."]
    return [
        *changelog_findings((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__),
        *licence_findings(),
        *(sentence for wheel in read for sentence in wheel_findings(wheel, __version__)),
        *client_findings(read_npm_package(tarballs[0]), __version__),
        *_findings_of_tools(wheels, tarballs[0]),
    ]


def changelog_findings(text: str, version: str) -> Iterator[str]:
    """Check that the text of CHANGELOG.md has a section for a version.

    Examples
    --------
    >>> [*changelog_findings("## [Unreleased]", "1.0.0")]
    ['CHANGELOG.md should have a section "## [1.0.0] - YYYY-MM-DD", and has none.']
    """
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    if not re.search(heading, text, re.MULTILINE):
        expected = f'a section "## [{version}] - YYYY-MM-DD"'
        yield f"CHANGELOG.md should have {expected}, and has none."


def licence_findings() -> Iterator[str]:
    """Check that all packages have the same licence."""
    text = (ROOT / "LICENSE").read_bytes()
    for path in (ROOT / "src/devtools/LICENSE", SOURCES / "LICENSE"):
        if path.read_bytes() != text:
            yield f"{path.relative_to(ROOT)} differs from LICENSE: copy it again."


def wheel_findings(wheel: Wheel, version: str) -> Iterator[str]:
    """Check a wheel, one of `WHEELS`, that should have a version."""
    package = WHEELS[wheel.name]
    if wheel.version != version:
        yield f"{wheel.name} has version {wheel.version}, not {version}: run make packages."
    installed = {name.partition("/")[0] for name in wheel.files}
    installed = {name for name in installed if not name.endswith(".dist-info")}
    if installed != {package}:
        names = ", ".join(sorted(installed))
        yield f"{wheel.name} should install {package} alone, and installs {names}."
    if not any(".dist-info/licenses/" in name for name in wheel.files):
        yield f"{wheel.name} holds no licence file."
    if f"{package}/py.typed" not in wheel.files:
        yield f"{wheel.name} holds no {package}/py.typed, so type checkers ignore its types."
    yield from _unwanted(wheel.name, wheel.files)
    if package == "roundtrip_devtools":
        if f"roundtrip-redux=={version}" not in wheel.requires:
            yield f"{wheel.name} does not require roundtrip-redux=={version}."
        for name in ("page/index.html", "template.yaml", "samconfig.toml"):
            if not wheel.files.get(f"{package}/bundle/{name}"):
                yield f"{wheel.name} brings no {name}."


def client_findings(client: NpmPackage, version: str) -> Iterator[str]:
    """Check the npm package, which should have a version."""
    name = client.manifest["name"]
    if client.manifest["version"] != version:
        yield f"{name} has version {client.manifest['version']}, not {version}: run make packages."
    own = json.loads((SOURCES / "package.json").read_text("utf-8"))["version"]
    if own != version:
        yield f"src/client/package.json has version {own}, not {version}: change it."
    if client.manifest.get("license") != "MIT":
        yield f"{name} should have the license MIT, and has {client.manifest.get('license')}."
    for wanted in ("LICENSE", "README.md", "dist/index.js", "dist/index.d.ts"):
        if wanted not in client.files:
            yield f"{name} holds no {wanted}."
    yield from _unwanted(name, client.files)


def _unwanted(package: str, files: Iterable[str]) -> Iterator[str]:
    for name in filter(_UNWANTED.match, files):
        yield f"{package} holds {name}, which no user of the package needs."


def _findings_of_tools(wheels: Sequence[Path], tarball: Path) -> Iterator[str]:
    files = [str(path) for path in wheels]
    for tool, *options in (["twine", "check", "--strict"], ["check_wheel_contents"]):
        command = [sys.executable, "-m", tool, *options, *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            yield f"{tool} found a fault: {' '.join((done.stdout + done.stderr).split())}"
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="data")
        try:
            run_node("publint", "run", "package", "--strict", "--pack", "false", cwd=Path(folder))
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            yield f"publint found a fault: {error}"


def main() -> int:
    """Print the faults; return the exit code, 0 if the packages are fit to be published."""
    found = findings(DIST)
    if found:
        print(*found, f"Not fit to be published as {__version__}.", sep="\n")
    else:
        made = ", ".join(sorted(path.name for path in DIST.iterdir()))
        print(f"Fit to be published as {__version__}: {made}.")
    print(_NOTE)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
