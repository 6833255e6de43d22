"""A program that ends with whoever started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

DEFAULT_GRACE_S = 10.0

_GUARD = Path(__file__).with_name("guard.py")


class GuardedProcess:
    """A running program and the guard that will end it, even if this process is killed.

    Parameters
    ----------
    argv : Sequence
        The program and its arguments.
    environment : Mapping
        Its whole environment.
    output : IO, optional
        Where its standard output and error go; None: where this process's go.
    cwd : Path, optional
        Its working directory.
    grace_s : float
        The time it has to end by itself when it is asked to.
    keep_open : Sequence of int
        File descriptors the guard holds open until the program has ended.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        environment: Mapping[str, str],
        output: IO[bytes] | None = None,
        cwd: Path | None = None,
        grace_s: float = DEFAULT_GRACE_S,
        keep_open: Sequence[int] = (),
    ) -> None:
        self._grace_s = grace_s
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", _GUARD, str(grace_s), *argv],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
            pass_fds=keep_open,
            # A Ctrl-C in the terminal is for this process, which then stops the program in order.
            start_new_session=True,
        )

    @property
    def exit_code(self) -> int | None:
        """The program's exit code, negative for a signal; None while it runs."""
        return self._guard.poll()

    def stop(self) -> None:
        """End the program: ask, wait, then force. Returns when nothing of it is left."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(self._grace_s * 2)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._guard.pid, signal.SIGKILL)
        self._guard.wait()
