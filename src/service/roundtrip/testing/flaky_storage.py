"""A storage that fails on demand."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from roundtrip.limits import LAST_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.effect import Effect
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import (
        Append,
        Appended,
        Checkpoint,
        Commit,
        Head,
        HeadPage,
        Part,
        Receipt,
        Stream,
    )


class FlakyStorage:
    """A storage that runs a queued function before or after each call.

    Attributes
    ----------
    calls
        Number of calls of each method.
    before_append, after_append, before_load, before_parts, before_receipt, before_keep
        Queues of functions; each call runs one. If the function raises, the call fails.
    answers
        Queue of results that the next appends return without writing.
    """

    def __init__(self, inner: Storage) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()
        self.before_append: list[Callable[[], None]] = []
        self.after_append: list[Callable[[], None]] = []
        self.before_load: list[Callable[[], None]] = []
        self.before_parts: list[Callable[[], None]] = []
        self.before_receipt: list[Callable[[], None]] = []
        self.before_keep: list[Callable[[], None]] = []
        self.answers: list[Appended] = []

    def load(self, stream: Stream) -> Head | None:
        """Return the latest head, or fail."""
        self.calls["load"] += 1
        _next(self.before_load)
        return self.inner.load(stream)

    def append(self, append: Append) -> Appended:
        """Write, or fail before or after writing."""
        self.calls["append"] += 1
        _next(self.before_append)
        if self.answers:
            return self.answers.pop(0)
        result = self.inner.append(append)
        _next(self.after_append)
        return result

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return parts, or fail."""
        self.calls["parts"] += 1
        _next(self.before_parts)
        return self.inner.parts(stream, keys)

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        """Return the receipt of a key, or fail."""
        self.calls["receipt"] += 1
        _next(self.before_receipt)
        return self.inner.receipt(stream, key)

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,
    ) -> Iterator[Commit]:
        """Return the commits."""
        self.calls["commits"] += 1
        return self.inner.commits(stream, first=first, last=last, limit=limit)

    def checkpoint(self, stream: Stream, revision: str, version: int) -> Checkpoint | None:
        """Return the latest checkpoint at or below a version."""
        self.calls["checkpoint"] += 1
        return self.inner.checkpoint(stream, revision, version)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, or fail."""
        self.calls["keep"] += 1
        _next(self.before_keep)
        self.inner.keep(checkpoint)

    def begin(self, effect: Effect) -> bool:
        """Mark that an effect begins."""
        self.calls["begin"] += 1
        return self.inner.begin(effect)

    def forget(self, effect: Effect) -> None:
        """Remove the mark of an effect."""
        self.calls["forget"] += 1
        self.inner.forget(effect)

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        """List the streams of a store."""
        return self.inner.heads(namespace, store, before=before, limit=limit)


def raising(error: Exception) -> Callable[[], None]:
    """Return a function that raises an error."""

    def fail() -> None:
        raise error

    return fail


def _next(line: list[Callable[[], None]]) -> None:
    if line:
        line.pop(0)()
