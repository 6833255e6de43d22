"""The processes of a process, as ``ps`` sees them."""

from __future__ import annotations

import subprocess
import time

_DEADLINE_S = 60


def descendants(pid: int) -> set[int]:
    """Return a process and all that it started, directly or not."""
    parents = {child: parent for child, parent, _ in _table()}
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def wait_until_gone(pids: set[int]) -> None:
    """Return when none of the processes is left; a zombie is none."""
    deadline_s = time.monotonic() + _DEADLINE_S
    while left := {pid for pid, _, state in _table() if pid in pids and state != "Z"}:
        assert time.monotonic() < deadline_s, f"still there: {left}"
        time.sleep(0.02)


def _table() -> list[tuple[int, int, str]]:
    """Return process id, its parent's and its state, of every process."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ps:
        listing, _ = ps.communicate()
    rows = (line.split() for line in listing.splitlines())
    return [(int(pid), int(parent), state[0]) for pid, parent, state in rows if int(pid) != ps.pid]
