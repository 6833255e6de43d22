"""The npm package of the browser client.

It is packed from a folder of its own: without what only this workspace needs, and with the version
of the wheels.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from maintenance import ROOT

SOURCES: Final = ROOT / "src" / "client"

# Of the workspace: its own condition leads to the sources, which are not packed.
_SOURCE_CONDITION: Final = "@roundtrip/source"
_ONLY_HERE: Final = ("scripts", "devDependencies")


def stage_client(folder: Path, version: str) -> None:
    """Lay out what is packed.

    Parameters
    ----------
    folder : Path
        Where to; it is made.
    version : str
        The package's version.

    Raises
    ------
    subprocess.CalledProcessError
        It does not compile.
    """
    folder.mkdir(parents=True)
    for name in ("README.md", "LICENSE"):
        shutil.copy(SOURCES / name, folder)
    manifest = packed_manifest(json.loads((SOURCES / "package.json").read_text("utf-8")), version)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / "package.json").write_text(f"{text}\n", "utf-8")
    compiled = ("--outDir", str(folder / "dist"))
    run_node("tsc", "-p", "tsconfig.build.json", *compiled, cwd=SOURCES)


def packed_manifest(manifest: dict[str, Any], version: str) -> dict[str, Any]:
    """Return the ``package.json`` that is packed.

    Parameters
    ----------
    manifest : dict
        That of the workspace.
    version : str
        The package's version.

    Examples
    --------
    >>> packed_manifest({"name": "a", "version": "0.0.0", "scripts": {}, "exports": {}}, "1.2.3")
    {'name': 'a', 'version': '1.2.3', 'exports': {}}
    """
    kept = {name: value for name, value in manifest.items() if name not in _ONLY_HERE}
    exports = {
        path: {name: file for name, file in entry.items() if name != _SOURCE_CONDITION}
        for path, entry in manifest["exports"].items()
    }
    return kept | {"version": version, "exports": exports}


def pack_client(folder: Path, out: Path) -> None:
    """Make a tarball.

    Parameters
    ----------
    folder : Path
        What `stage_client` laid out.
    out : Path
        Where to put it.

    Raises
    ------
    subprocess.CalledProcessError
        npm failed.
    """
    run_node("npm", "pack", "--silent", "--pack-destination", str(out), cwd=folder)


def run_node(program: str, *arguments: str, cwd: Path) -> None:
    """Run npm, or a program that npm installed.

    Parameters
    ----------
    program, *arguments : str
        The command.
    cwd : Path
        Where it is run.

    Raises
    ------
    subprocess.CalledProcessError
        It failed.
    """
    # Node.js comes from PyPI, so that every machine has the same.
    tools = (Path(sys.executable).parent, ROOT / "src" / "node_modules" / ".bin")
    path = os.pathsep.join([*map(str, tools), os.environ.get("PATH", os.defpath)])
    command = [shutil.which(program, path=path) or program, *arguments]
    subprocess.run(
        command, cwd=cwd, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, check=True
    )
