"""Makes the packages to publish: two wheels and an npm package."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from maintenance import ROOT
from maintenance.client import pack_client
from roundtrip import __version__

DIST: Final = ROOT / "dist"
"""The folder of the packages."""


def make_wheels(out: Path) -> None:
    """Make the wheels of the framework and of the tools in a folder.

    Raises
    ------
    subprocess.CalledProcessError
        The build failed; its output is on standard error.
    """
    # The build system is pinned and installed here.
    options = ("--quiet", "--wheel", "--no-build-isolation", "--no-create-gitignore")
    command = [sys.executable, "-m", "uv", "build", *options, "--python", sys.executable]
    for source in (ROOT, ROOT / "src" / "devtools"):
        subprocess.run([*command, "--out-dir", str(out), str(source)], check=True)


def main() -> int:
    """Make the packages in `DIST`, in place of those that are there; return the exit code."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    try:
        make_wheels(DIST)
        with tempfile.TemporaryDirectory() as folder:
            pack_client(Path(folder) / "client", DIST, __version__)
    except subprocess.CalledProcessError as error:
        print(f"The packages were not made: {error}", file=sys.stderr)
        return 1
    print(*sorted(path.name for path in DIST.iterdir()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
