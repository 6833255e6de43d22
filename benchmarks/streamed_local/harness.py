"""Runs the streamed design on this machine, in a child process that ends with this one."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import checkout
from benchmarks.streamed_local import HarnessError
from benchmarks.streamed_local.settings import Polling
from roundtrip_devtools.environment import is_loopback

DIRECTORY: Final = checkout.ROOT / "benchmarks" / "streamed"
"""The design: its template and its functions."""

_START_TIMEOUT_S: Final = 60.0
_ANSWER_TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 15.0
# The rest of this machine's environment must not change the measurement.
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


@contextlib.contextmanager
def streamed(
    endpoint_url: str,
    polling: str = Polling.FOUR_HZ.value,
    *,
    directory: Path = DIRECTORY,
) -> Iterator["Streamed"]:
    """Run the streamed design for a ``with`` block.

    It needs the URL of a DynamoDB Local, because the streams of other engines differ from
    DynamoDB's, and a value of `Polling`. The tables have unique names and are deleted at the end.
    At the start of the block all functions are imported and all pollers run, or `HarnessError` is
    raised.
    """
    known = [one.value for one in Polling]
    if polling not in known:
        raise HarnessError(f"polling must be {' or '.join(known)}, not {polling!r}")
    if not is_loopback(endpoint_url):
        raise HarnessError(f"it needs a DynamoDB Local on 127.0.0.1, not {endpoint_url}")
    options = {
        "endpoint_url": endpoint_url,
        "polling": polling,
        "directory": str(directory),
    }
    sources = [checkout.ROOT, checkout.DEVTOOLS_DIR, checkout.SERVICE_DIR]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.streamed_local.child", json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "PYTHONPATH": os.pathsep.join(map(str, sources)),
        },
        # Ctrl-C in the terminal reaches the parent only, which then stops its child in order.
        start_new_session=True,
    )
    with process:
        try:
            yield Streamed(process)
        finally:
            _stop(process)


class Streamed:
    """The running design, which answers WebSocket clients at `url`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        if process.stdin is None or process.stdout is None:
            raise TypeError("the child process must have pipes")
        self._process = process
        self._questions = process.stdin
        self._answers = process.stdout
        first = self._line(_START_TIMEOUT_S)
        if "error" in first:
            raise HarnessError(first["error"])
        self.url: str = first["url"]

    def pause(self) -> None:
        """Pause the pollers; return when they have finished their current batches."""
        self._ask("pause")

    def resume(self) -> None:
        """Resume the pollers, each at a random point of its period."""
        self._ask("resume")

    def trace(self) -> list[tuple[str, float]]:
        """Return the `benchmarks.streamed_local.trace.STEPS` that the newest request has reached.

        They are in order, with their times in milliseconds on CLOCK_MONOTONIC, which is
        ``time.monotonic() * 1000`` in this process too.
        """
        return [(step, at_ms) for step, at_ms in self._ask("trace")]

    def _ask(self, question: str) -> Any:
        try:
            print(json.dumps({"do": question}), file=self._questions, flush=True)
        except BrokenPipeError:
            raise self._ended() from None
        return self._line(_ANSWER_TIMEOUT_S)["answer"]

    def _line(self, timeout_s: float) -> dict[str, Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            if not selector.select(timeout_s):
                raise HarnessError(f"it gave no answer within {timeout_s:.0f} s")
        line = self._answers.readline()
        if not line:
            raise self._ended()
        read: dict[str, Any] = json.loads(line)
        return read

    def _ended(self) -> HarnessError:
        exit_code = self._process.wait()
        return HarnessError(
            f"its process ended (exit code {exit_code}); standard error has its messages"
        )


def _stop(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        # The process may have ended; then the rest of the questions does not matter.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
