"""Says whether the packages are fit to be published; it uploads nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from maintenance import ROOT
from maintenance.artefacts import read_npm_package, read_wheel
from maintenance.client import SOURCES, run_node
from maintenance.packages import DIST
from roundtrip import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from maintenance.artefacts import NpmPackage, Wheel

WHEELS: Final = {"roundtrip-redux": "roundtrip", "roundtrip-redux-devtools": "roundtrip_devtools"}
"""The packages on PyPI, and the one name that each of them installs."""

_REQUIRED_BY_TOOLS: Final = "roundtrip-redux=="
_BROUGHT_BY_TOOLS: Final = ("page/index.html", "template.yaml", "samconfig.toml")
# The files of a new project do look like a project's.
_UNWANTED: Final = re.compile(
    r"(?!roundtrip_devtools/skeleton/)"
    r"(.*/)?((__pycache__|tests?|app|node_modules)/|\.[^/]|[^/]*\.(pyc$|test\.|spec\.))"
)
_LICENCE: Final = "LICENSE"
_NOTE: Final = (
    "Not checked here: that the names are free, or yours, on PyPI and npm. Nothing was uploaded."
)


def findings(dist: Path) -> list[str]:
    """Look at the packages.

    Parameters
    ----------
    dist : Path
        Where they are.

    Returns
    -------
    list of str
        A sentence for each thing that is not as it should be.
    """
    wheels = sorted(dist.glob("*.whl"))
    tarballs = sorted(dist.glob("*.tgz"))
    read = [read_wheel(path) for path in wheels]
    names = sorted(wheel.name for wheel in read)
    if names != sorted(WHEELS) or len(tarballs) != 1:
        made = ", ".join(path.name for path in (*wheels, *tarballs)) or "nothing"
        wanted = "two wheels and one npm package"
        return [f"{dist} should hold {wanted}, and holds {made}: run make packages."]
    (tarball,) = tarballs
    client = read_npm_package(tarball)
    return [
        *changelog_findings((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__),
        *licence_findings(),
        *(sentence for wheel in read for sentence in wheel_findings(wheel, __version__)),
        *client_findings(client, __version__),
        *_said_by_tools(wheels, tarball),
    ]


def changelog_findings(text: str, version: str) -> Iterator[str]:
    """Look whether a version has its section.

    Parameters
    ----------
    text : str
        CHANGELOG.md.
    version : str
        The version.

    Yields
    ------
    str
        What is missing.

    Examples
    --------
    >>> [*changelog_findings("## [1.0.0] - 2026-01-02", "1.0.0")]
    []
    >>> [*changelog_findings("## [Unreleased]", "1.0.0")]
    ['CHANGELOG.md should have a section "## [1.0.0] - YYYY-MM-DD", and has none.']
    """
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    if not re.search(heading, text, re.MULTILINE):
        expected = f'a section "## [{version}] - YYYY-MM-DD"'
        yield f"CHANGELOG.md should have {expected}, and has none."


def licence_findings() -> Iterator[str]:
    """Look whether all packages have one licence.

    Yields
    ------
    str
        Which one differs.
    """
    text = (ROOT / _LICENCE).read_bytes()
    for folder in (ROOT / "src" / "devtools", SOURCES):
        if (folder / _LICENCE).read_bytes() != text:
            yield f"{(folder / _LICENCE).relative_to(ROOT)} differs from {_LICENCE}: copy it again."


def wheel_findings(wheel: Wheel, version: str) -> Iterator[str]:
    """Look at a wheel.

    Parameters
    ----------
    wheel : Wheel
        One of `WHEELS`.
    version : str
        The version it should have.

    Yields
    ------
    str
        What is not as it should be.
    """
    package = WHEELS[wheel.name]
    if wheel.version != version:
        yield f"{wheel.name} has version {wheel.version}, not {version}: run make packages."
    if wheel.top_level != {package}:
        installed = ", ".join(sorted(wheel.top_level))
        yield f"{wheel.name} should install {package} alone, and installs {installed}."
    if not wheel.licences:
        yield f"{wheel.name} holds no licence file."
    if f"{package}/py.typed" not in wheel.files:
        yield f"{wheel.name} holds no {package}/py.typed, so that its types are not seen."
    for name in filter(_UNWANTED.match, wheel.files):
        yield f"{wheel.name} holds {name}, which nobody needs who installs it."
    if package == "roundtrip_devtools":
        if f"{_REQUIRED_BY_TOOLS}{version}" not in wheel.requires:
            yield f"{wheel.name} does not require {_REQUIRED_BY_TOOLS}{version}."
        for name in _BROUGHT_BY_TOOLS:
            if not wheel.files.get(f"{package}/bundle/{name}"):
                yield f"{wheel.name} brings no {name}."


def client_findings(client: NpmPackage, version: str) -> Iterator[str]:
    """Look at the npm package.

    Parameters
    ----------
    client : NpmPackage
        It.
    version : str
        The version it should have.

    Yields
    ------
    str
        What is not as it should be.
    """
    name = client.manifest["name"]
    if client.manifest["version"] != version:
        yield f"{name} has version {client.manifest['version']}, not {version}: run make packages."
    own = json.loads((SOURCES / "package.json").read_text("utf-8"))["version"]
    if own != version:
        yield f"src/client/package.json has version {own}, not {version}: change it."
    if client.manifest.get("license") != "MIT":
        yield f"{name} should say license MIT, and says {client.manifest.get('license')}."
    for wanted in (_LICENCE, "README.md", "dist/index.js", "dist/index.d.ts"):
        if wanted not in client.files:
            yield f"{name} holds no {wanted}."
    for unwanted in filter(_UNWANTED.match, client.files):
        yield f"{name} holds {unwanted}, which nobody needs who installs it."


def _said_by_tools(wheels: Sequence[Path], tarball: Path) -> Iterator[str]:
    files = [str(path) for path in wheels]
    for command in (["twine", "check", "--strict"], ["check_wheel_contents"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, *files], capture_output=True, text=True, check=False
        )
        if done.returncode:
            yield f"{command[0]} is not content: {' '.join((done.stdout + done.stderr).split())}"
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="data")
        try:
            run_node("publint", "run", "package", "--strict", "--pack", "false", cwd=Path(folder))
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            yield f"publint is not content: {error}"


def main() -> int:
    """Say it.

    Returns
    -------
    int
        The exit code: 0 if the packages are fit to be published.
    """
    found = findings(DIST)
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        print(f"Not fit to be published as {__version__}.")
    else:
        made = ", ".join(sorted(path.name for path in DIST.iterdir()))
        print(f"Fit to be published as {__version__}: {made}.")
    print(_NOTE)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
