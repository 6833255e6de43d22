"""Runs one program and never leaves it behind: ``guard.py GRACE_S PROGRAM [ARGUMENT...]``.

Whoever starts the guard holds the write end of its standard input. When that end closes, on
purpose or because the holder was killed, the guard stops the program: first asking (SIGTERM), so
that an engine can save, then by force. Should the guard itself be killed, Linux kills the program.
Elsewhere only that last case can leave the program running.

A script of its own, on the standard library alone, so that it starts in milliseconds and works
from any thread of any process.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(arguments: list[str]) -> int:
    """Run the program until it ends, or until the holder lets go.

    Returns
    -------
    int
        The program's exit code; negative: the signal that ended it.
    """
    grace_s, command = float(arguments[0]), arguments[1:]
    wake_fd = _wake_on_signals()
    guard_pid = os.getpid()
    program = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        # Safe here: this process has one thread.
        preexec_fn=lambda: _die_with(guard_pid),  # noqa: PLW1509
    )
    while program.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), wake_fd], [], [])
        let_go = sys.stdin.fileno() in ready
        asked = wake_fd in ready and signal.SIGTERM in os.read(wake_fd, 64)
        if let_go or asked:
            program.terminate()
            try:
                return program.wait(grace_s)
            except subprocess.TimeoutExpired:
                program.kill()
                return program.wait()
    return program.returncode


def _wake_on_signals() -> int:
    read_fd, write_fd = os.pipe()
    os.set_blocking(write_fd, False)
    signal.set_wakeup_fd(write_fd)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        # A handler must exist for a signal to reach the pipe; the loop decides what it means.
        signal.signal(number, lambda *_: None)
    return read_fd


def _die_with(guard_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard_pid:  # The guard was killed before the line above.
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
