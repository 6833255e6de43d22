"""A directory of an engine's data, used by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import sys
import time
from typing import TYPE_CHECKING

from roundtrip_devtools.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Longer than an engine may take to save: after a kill, the guard of the last run may be at it.
_WAIT_S = 15.0
# A wait that nobody notices needs no word.
_SILENCE_S = 0.5
_POLL_S = 0.05


@contextlib.contextmanager
def locked(engine: str, data_dir: Path) -> Iterator[int]:
    """Make the directory and hold it; say on standard error if that takes a wait.

    Parameters
    ----------
    engine : str
        Who wants it, for messages.
    data_dir : Path
        The directory.

    Yields
    ------
    int
        The lock's file descriptor. Whoever inherits it holds the directory too.

    Raises
    ------
    EngineError
        Another process holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with lock_file(data_dir).open("w") as lock:
        begin_s = time.monotonic()
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited_s = time.monotonic() - begin_s
                if waited_s > _WAIT_S:
                    reason = f"{data_dir} is in use by another dev server; stop that one first"
                    raise EngineError(engine, reason) from None
                if waited_s > _SILENCE_S and not told:
                    print(
                        f"{engine}: {data_dir} is in use by another dev server; waiting up to "
                        f"{_WAIT_S:.0f} s for that one to let go of it.",
                        file=sys.stderr,
                        flush=True,
                    )
                    told = True
                time.sleep(_POLL_S)
            else:
                break
        yield lock.fileno()


def forget(engine: str, data_dir: Path) -> None:
    """Remove the directory, once nobody holds it.

    Parameters
    ----------
    engine : str
        Whose it is, for messages.
    data_dir : Path
        The directory.

    Raises
    ------
    EngineError
        Another process holds it.
    """
    with locked(engine, data_dir):
        shutil.rmtree(data_dir)


def lock_file(data_dir: Path) -> Path:
    """Return the file that is locked: beside the directory, so that emptying it is safe."""
    return data_dir.with_name(f"{data_dir.name}.lock")
