"""The npm package of the browser client.

It is packed from a folder of its own, without what only this workspace needs, and with the version
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

# A condition of the workspace that leads to the sources, which are not packed.
_SOURCE_CONDITION: Final = "@roundtrip/source"
_ONLY_HERE: Final = ("scripts", "devDependencies")


def pack_client(stage: Path, out: Path, version: str) -> None:
    """Compile the client, lay it out in a new folder, and pack that into another one."""
    stage.mkdir(parents=True)
    for name in ("README.md", "LICENSE"):
        shutil.copy(SOURCES / name, stage)
    manifest = packed_manifest(json.loads((SOURCES / "package.json").read_text("utf-8")), version)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (stage / "package.json").write_text(f"{text}\n", "utf-8")
    run_node("tsc", "-p", "tsconfig.build.json", "--outDir", str(stage / "dist"), cwd=SOURCES)
    run_node("npm", "pack", "--silent", "--pack-destination", str(out), cwd=stage)


def packed_manifest(manifest: dict[str, Any], version: str) -> dict[str, Any]:
    """Return the ``package.json`` of the package, from that of the workspace.

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


def run_node(program: str, *arguments: str, cwd: Path) -> None:
    """Run npm or a program that npm installed; raise `CalledProcessError` if it fails."""
    # Node.js comes from PyPI, so every machine has the same version.
    tools = (Path(sys.executable).parent, ROOT / "src" / "node_modules" / ".bin")
    path = os.pathsep.join([*map(str, tools), os.environ.get("PATH", os.defpath)])
    command = [shutil.which(program, path=path) or program, *arguments]
    environ = {**os.environ, "PATH": path}
    subprocess.run(command, cwd=cwd, env=environ, stdout=subprocess.DEVNULL, check=True)
