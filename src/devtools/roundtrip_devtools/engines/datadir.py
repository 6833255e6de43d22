"""A data directory of an engine, for one process at a time."""

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

# Longer than an engine needs to save: the guard of a killed run may still be stopping its engine.
_WAIT_S = 15.0
# A wait that nobody notices needs no message.
_SILENCE_S = 0.5
_POLL_S = 0.05


@contextlib.contextmanager
def locked(engine: str, data_dir: Path) -> Iterator[int]:
    """Make the directory and lock it; print a message to standard error if that takes a while.

    Yields
    ------
    int
        The file descriptor of the lock. A process that inherits it keeps the directory locked.

    Raises
    ------
    EngineError
        Another process uses the directory.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    in_use = f"{data_dir} is in use by another dev server"
    # Beside the directory, so that the directory can be removed.
    with data_dir.with_name(f"{data_dir.name}.lock").open("w") as lock:
        begin_s = time.monotonic()
        told = False
        while not _acquired(lock.fileno()):
            waited_s = time.monotonic() - begin_s
            if waited_s > _WAIT_S:
                raise EngineError(engine, f"{in_use}; stop that one first")
            if waited_s > _SILENCE_S and not told:
                message = f"{engine}: {in_use}; waiting up to {_WAIT_S:.0f} s for it to stop."
                print(message, file=sys.stderr, flush=True)
                told = True
            time.sleep(_POLL_S)
        yield lock.fileno()


def forget(engine: str, data_dir: Path) -> None:
    """Remove the directory.

    Raises
    ------
    EngineError
        Another process uses the directory.
    """
    with locked(engine, data_dir):
        shutil.rmtree(data_dir)


def _acquired(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
