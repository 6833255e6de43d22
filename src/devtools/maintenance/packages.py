"""Makes what is published: two wheels and an npm package."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from maintenance import ROOT
from maintenance.client import pack_client, stage_client
from roundtrip import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

DIST: Final = ROOT / "dist"
"""Where they are put."""

_SOURCES: Final = (ROOT, ROOT / "src" / "devtools")


def make_wheels(out: Path) -> None:
    """Make the wheels of the framework and of the tools.

    Parameters
    ----------
    out : Path
        Where to put them.

    Raises
    ------
    subprocess.CalledProcessError
        One cannot be made; what it said is on standard error.
    """
    # The build system is pinned, and installed here.
    options = ("--quiet", "--wheel", "--no-build-isolation", "--no-create-gitignore")
    for source in _SOURCES:
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "build", *options),
                *("--python", sys.executable, "--out-dir", str(out), str(source)),
            ],
            check=True,
        )


def make_packages(out: Path) -> None:
    """Make all of them.

    Parameters
    ----------
    out : Path
        Where to put them; what is there is removed.

    Raises
    ------
    subprocess.CalledProcessError
        One cannot be made; what it said is on standard error.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    make_wheels(out)
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "client"
        stage_client(stage, __version__)
        pack_client(stage, out)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the packages.

    Parameters
    ----------
    arguments : Sequence of str, optional
        The folder to put them in, if not ``dist``; default: this process's arguments.

    Returns
    -------
    int
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else arguments
    out = Path(given[0]) if given else DIST
    try:
        make_packages(out)
    except subprocess.CalledProcessError as error:
        print(f"The packages were not made: {error}", file=sys.stderr)
        return 1
    print(*sorted(path.name for path in out.iterdir()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
