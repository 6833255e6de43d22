"""Compares the checkpoints of a stream with the states that its events make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.errors import CorruptItem
from roundtrip.limits import LAST_VERSION
from roundtrip.redux.jsondiff import told
from roundtrip_devtools.logs.log import reason

if TYPE_CHECKING:
    from roundtrip.redux.replay import Fold
    from roundtrip.storage.records import Checkpoint, Stream
    from roundtrip_devtools.logs.log import Log

NONE_DUE: Final = LAST_VERSION + 1


class Checkpoints:
    """The checkpoints of a revision, compared while the events are folded.

    Attributes
    ----------
    due
        The version of the next checkpoint to compare; `NONE_DUE` after the last one.
    wrong
        Sort keys of those that are damaged or not the fold.
    """

    def __init__(self, log: Log, stream: Stream, revision: str) -> None:
        self._stream = stream
        self._unread = log.checkpoints(stream, revision)
        self._first_fault = ""
        self.wrong: list[str] = []
        self._advance()

    @property
    def fault(self) -> str:
        """What is wrong; empty if nothing is."""
        others = len(self.wrong) - 1
        return f"{self._first_fault} (and {others} more)" if others > 0 else self._first_fault

    def compare(self, fold: Fold) -> None:
        """Compare the checkpoints up to the version of a fold, after each event.

        Raises
        ------
        ReplayFailed
            If the fold has no state.
        """
        while self.due <= fold.version:
            if self.due < fold.version:
                self._blame(f"the checkpoint at version {self.due} belongs to no event")
            else:
                self._compare(self._next.state_text, fold.text())
            self._advance()

    def end(self, version: int) -> None:
        """Find the checkpoints after the last version of the stream."""
        while self.due < NONE_DUE:
            if self.due > version:
                self._blame(
                    f"the checkpoint at version {self.due} is after the last event, {version}"
                )
            self._advance()

    def _compare(self, kept: str, folded: str) -> None:
        try:
            places = told(kept, folded, was="in the checkpoint", now="by its events")
        except (ValueError, RecursionError) as error:
            self._blame(
                f"the checkpoint at version {self.due} is damaged: its state is not JSON: {error}"
            )
        else:
            if places:
                self._blame(f"the checkpoint at version {self.due} is not the fold: {places}")

    def _advance(self) -> None:
        for sk, read in self._unread:
            self._sk = sk
            if not isinstance(read, CorruptItem):
                self._next: Checkpoint = read
                self.due = read.version
                return
            self._blame(f"a checkpoint is damaged: {reason(self._stream, read).rstrip('.')}")
        self.due = NONE_DUE

    def _blame(self, fault: str) -> None:
        self._first_fault = self._first_fault or fault
        self.wrong.append(self._sk)
