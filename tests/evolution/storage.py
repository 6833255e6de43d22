"""A storage that is slow and fails on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing.flaky_storage import FlakyStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.storage.records import Checkpoint, Commit, Stream
    from roundtrip.testing.clock import Clock


class SlowStorage(FlakyStorage):
    """Reading a commit takes time, and any read may fail.

    Attributes
    ----------
    commit_s
        The time.
    before_commit, before_checkpoint
        As in `FlakyStorage`, for each commit and each checkpoint that is read.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(MemoryStorage())
        self._clock = clock
        self.commit_s = 0.0
        self.before_commit: list[Callable[[], None]] = []
        self.before_checkpoint: list[Callable[[], None]] = []

    def commits(self, stream: Stream, **limits: Any) -> Iterator[Commit]:
        for commit in super().commits(stream, **limits):
            self._clock.advance(seconds=self.commit_s)
            if self.before_commit:
                self.before_commit.pop(0)()
            yield commit

    def checkpoint(self, stream: Stream, revision: str, version: int) -> Checkpoint | None:
        if self.before_checkpoint:
            self.before_checkpoint.pop(0)()
        return super().checkpoint(stream, revision, version)

    def mend(self) -> None:
        """Forget all faults that did not happen yet."""
        self.commit_s = 0.0
        for line in (self.before_append, self.after_append, self.before_load, self.before_receipt):
            line.clear()
        for line in (self.before_keep, self.before_commit, self.before_checkpoint):
            line.clear()
