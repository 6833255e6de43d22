"""When the newest request reached each step, seen from outside of the functions."""

from __future__ import annotations

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
"""In the order of the design. What a function wrote is taken as written when it returned, and a
poller may have seen it before; then a step's time lies before that of the step ahead of it."""

RECEIVED: Final = STEPS[0]
SENT: Final = STEPS[-1]

# By the function's module: when it is called, when it has returned, when its stream was read.
BEGAN: Final = {"ingest": "ingest began", "reduce": "reducer began", "push": "push began"}
ENDED: Final = {"ingest": "event written", "reduce": "state written"}
POLLED: Final = {"reduce": "events stream polled", "push": "orders stream polled"}


class Trace:
    """The steps of one request at a time; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: tuple[str, ...] = ()
        self._times_ms: dict[str, float] = {}

    def begin(self, *names: str) -> None:
        """Note that a request was received, and forget the one before it.

        Parameters
        ----------
        *names : str
            What shows that something is of this request: the event's id, the order's id.
        """
        with self._lock:
            self._names = names
            self._times_ms = {RECEIVED: _now_ms()}

    def mark(self, step: str | None, what: Any) -> None:
        """Note a step, if it is the request's and it is the first time.

        Parameters
        ----------
        step : str or None
            Which; None: one that nobody asks for.
        what : object
            What the step was about; it is the request's if one of its names stands in it.
        """
        now_ms = _now_ms()
        if step is None or step in self._times_ms or not self._names:
            return
        text = repr(what)
        with self._lock:
            if any(name in text for name in self._names):
                self._times_ms.setdefault(step, now_ms)

    def steps(self) -> list[tuple[str, float]]:
        """Give the steps that were reached, in order, each with its time.

        Returns
        -------
        list of tuple of str and float
            Milliseconds on CLOCK_MONOTONIC, which all processes of a machine share.
        """
        with self._lock:
            return [(step, self._times_ms[step]) for step in STEPS if step in self._times_ms]


def _now_ms() -> float:
    return time.monotonic() * 1000
