"""A guarded program ends with its guard, and the guard with its holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

SAVES = "trap 'echo saved; exit 7' TERM; echo $$; while :; do sleep 0.05; done"
STUBBORN = "trap '' TERM; echo $$; while :; do sleep 0.05; done"


@pytest.fixture
def guards() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for one in started:
        one.kill()
        one.wait()
        for stream in (one.stdin, one.stdout):
            if stream is not None:
                stream.close()


def start(
    guards: list[subprocess.Popen[str]], script: str, *, grace_s: float = 20
) -> tuple[subprocess.Popen[str], int]:
    """Start a guarded shell; return the guard and the shell's process id."""
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", guarded.__file__, str(grace_s), "/bin/sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    guards.append(guard)
    assert guard.stdout is not None
    return guard, int(guard.stdout.readline())


def is_gone(pid: int) -> bool:
    """Return whether a process has ended; a zombie has."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return not state or state.startswith("Z")


def wait_until_gone(pid: int) -> None:
    deadline_s = time.monotonic() + 30
    while not is_gone(pid):
        assert time.monotonic() < deadline_s, f"process {pid} is still there"
        time.sleep(0.02)


def test_closing_its_input_stops_the_program_in_order(guards: list[subprocess.Popen[str]]) -> None:
    guard, pid = start(guards, SAVES)
    output, _ = guard.communicate(timeout=30)  # Closes its standard input.
    assert (output, guard.returncode) == ("saved\n", 7)
    assert is_gone(pid)


def test_sigterm_stops_the_program_in_order(guards: list[subprocess.Popen[str]]) -> None:
    guard, pid = start(guards, SAVES)
    guard.terminate()
    assert guard.wait(30) == 7
    assert is_gone(pid)


def test_a_program_that_will_not_stop_is_killed(guards: list[subprocess.Popen[str]]) -> None:
    guard, pid = start(guards, STUBBORN, grace_s=0.1)
    guard.communicate(timeout=30)
    assert is_gone(pid)


def test_a_program_that_ends_ends_the_guard(guards: list[subprocess.Popen[str]]) -> None:
    guard, _ = start(guards, "echo $$; exit 5")
    assert guard.wait(30) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_the_program_dies_with_a_killed_guard(guards: list[subprocess.Popen[str]]) -> None:
    guard, pid = start(guards, STUBBORN)
    os.kill(guard.pid, signal.SIGKILL)
    guard.wait(30)
    wait_until_gone(pid)
