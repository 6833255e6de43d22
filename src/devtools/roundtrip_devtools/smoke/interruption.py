"""Signals that ask to stop."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STDERR: Final = 2
_NOTICE: Final = b"Stopping: deleting what the cases made ...\n"


class Interrupted(BaseException):
    """A signal asked to stop; no ``Exception``, so that no case takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number
        # What could not be deleted.
        self.left = ""


class Interruption:
    """Notes the first signal; the request under way finishes, so that what it made is known."""

    number: int | None = None

    def note(self, number: int, _frame: object = None) -> None:
        """Note a signal: a handler for `signal.signal`."""
        if self.number is None:
            self.number = number
            # The signal may have interrupted print and its buffer; the terminal may be closed.
            with contextlib.suppress(OSError):
                os.write(_STDERR, _NOTICE)

    def check(self) -> None:
        """Raise `Interrupted` if a signal came."""
        if self.number is not None:
            raise Interrupted(self.number)


@contextlib.contextmanager
def noting_signals() -> Iterator[Interruption]:
    """Note SIGINT, SIGTERM and SIGHUP, except those that the parent process made us ignore."""
    interruption = Interruption()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heeded = [number for number in _SIGNALS if before[number] not in {signal.SIG_IGN, None}]
    for number in heeded:
        signal.signal(number, interruption.note)
    try:
        yield interruption
    finally:
        for number in heeded:
            signal.signal(number, before[number])
