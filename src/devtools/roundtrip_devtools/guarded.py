"""Runs a program that ends with the process that started it.

As a script, ``guarded.py GRACE_S PROGRAM [ARGUMENT...]``, this file is the guard between the two.
When its standard input closes, because the starting process closed it or was killed, it stops the
program: first with SIGTERM, so that an engine can save, then by force. If the guard is killed,
Linux kills the program. The imports are few, so that the script starts in milliseconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class GuardedProcess:
    """A running program and the guard that ends it even if this process is killed.

    `output` is by default that of this process. After SIGTERM the program has `grace_s` seconds.
    The guard holds the file descriptors `keep_open` until the program has ended.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        environment: Mapping[str, str],
        output: IO[bytes] | None = None,
        cwd: Path | None = None,
        grace_s: float = 10,
        keep_open: Sequence[int] = (),
    ) -> None:
        self._grace_s = grace_s
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(grace_s), *argv],
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
        """End the program, by force after the time of grace; return when nothing of it is left."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(self._grace_s * 2)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._guard.pid, signal.SIGKILL)
        self._guard.wait()


def _guard(grace_s: float, command: list[str]) -> int:
    """Run a program until it ends or standard input closes; return its exit code."""
    read_fd, write_fd = os.pipe()
    os.set_blocking(write_fd, False)
    signal.set_wakeup_fd(write_fd)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        # A signal reaches the pipe only if it has a handler.
        signal.signal(number, lambda *_: None)
    guard_pid = os.getpid()

    def die_with_the_guard() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != guard_pid:  # The guard was killed before the line above.
                os._exit(1)

    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_the_guard,  # noqa: PLW1509  this process has one thread
    )
    while program.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), read_fd], [], [])
        stop = sys.stdin.fileno() in ready
        if stop or (read_fd in ready and signal.SIGTERM in os.read(read_fd, 64)):
            program.terminate()
            try:
                return program.wait(grace_s)
            except subprocess.TimeoutExpired:
                program.kill()
    return program.wait()


if __name__ == "__main__":
    sys.exit(_guard(float(sys.argv[1]), sys.argv[2:]))
