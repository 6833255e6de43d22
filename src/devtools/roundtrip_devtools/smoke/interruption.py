"""Signals that ask to stop."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

EXIT_CODE_BASE: Final = 128
"""What a shell adds to a signal's number."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STDERR: Final = 2
_SAID: Final = b"Stopping: what was made is being deleted ...\n"


class Interrupted(BaseException):
    """A signal asked to stop. No ``Exception``, so that no case takes it for a failure.

    Parameters
    ----------
    number : int
        The signal.

    Attributes
    ----------
    left : str
        What could not be deleted, in a sentence; empty: all was.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number
        self.left = ""


class Interruption:
    """Whether a signal has asked to stop.

    A signal is noted and breaks nothing off: what a request makes can be deleted only after it is
    made, so the one under way is answered first, and no other is sent. Further signals change
    nothing.
    """

    def __init__(self) -> None:
        self._number: int | None = None

    def note(self, number: int, frame: FrameType | None = None) -> None:  # noqa: ARG002
        """Take a signal: a handler, as `signal.signal` wants it."""
        if self._number is None:
            self._number = number
            # Not by print, whose buffer the signal may have interrupted; nor to a terminal that
            # was closed.
            with contextlib.suppress(OSError):
                os.write(_STDERR, _SAID)

    def require_none(self) -> None:
        """Go on only if there was no signal.

        Raises
        ------
        Interrupted
            There was one.
        """
        if self._number is not None:
            raise Interrupted(self._number)


@contextlib.contextmanager
def noting_signals() -> Iterator[Interruption]:
    """Note SIGINT, SIGTERM and SIGHUP, but for those that whoever started this lets it ignore."""
    interruption = Interruption()
    before = {
        number: handler
        for number in _SIGNALS
        if (handler := signal.getsignal(number)) not in {signal.SIG_IGN, None}
    }
    for number in before:
        signal.signal(number, interruption.note)
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
