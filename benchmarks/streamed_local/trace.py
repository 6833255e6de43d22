"""The time when the newest request reached each step, seen from outside the functions."""

import threading
import time
from typing import Any, Final

STEPS: Final = (
    "message received",
    "ingest began",
    "event written",
    "events stream polled",
    "reducer began",
    "state written",
    "orders stream polled",
    "push began",
    "message sent",
)
"""In the order of the design. A write counts when its function has returned. A poller may have seen
it before, and then the time of a step is earlier than that of the step before it."""

RECEIVED: Final = STEPS[0]
SENT: Final = STEPS[-1]

# By the function's module: its call, its return, the read of its stream.
BEGAN: Final = {"ingest": "ingest began", "reduce": "reducer began", "push": "push began"}
ENDED: Final = {"ingest": "event written", "reduce": "state written"}
POLLED: Final = {"reduce": "events stream polled", "push": "orders stream polled"}


class Trace:
    """The steps of one request at a time; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: tuple[str, ...] = ()
        self._times_ms: dict[str, float] = {}

    def begin(self, *names: str) -> None:
        """Note that the request of an event and an order with these ids was received."""
        with self._lock:
            self._names = names
            self._times_ms = {RECEIVED: _now_ms()}

    def mark(self, step: str | None, subject: Any) -> None:
        """Note the first time of a step, if the subject contains a name of the request."""
        now_ms = _now_ms()
        if step is None or step in self._times_ms or not self._names:
            return
        text = repr(subject)
        with self._lock:
            if any(name in text for name in self._names):
                self._times_ms.setdefault(step, now_ms)

    def steps(self) -> list[tuple[str, float]]:
        """Return the steps that were reached, in order, with their times.

        The times are milliseconds on CLOCK_MONOTONIC, which all processes of a machine share.
        """
        with self._lock:
            return [(step, self._times_ms[step]) for step in STEPS if step in self._times_ms]


def _now_ms() -> float:
    return time.monotonic() * 1000
