"""The protocol that every storage implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from roundtrip.limits import LAST_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.effect import Effect
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


class Storage(Protocol):
    """Keeps streams. Every read is consistent; every write is one conditional transaction.

    Every method raises `roundtrip.errors.Unavailable` if the storage cannot respond now, and
    `roundtrip.errors.IntegrityError` if it holds data that Roundtrip did not write in this form.
    """

    def load(self, stream: Stream) -> Head | None:
        """Return the latest head, or ``None`` if nothing was ever appended."""

    def append(self, append: Append) -> Appended:
        """Write a commit, its head, its receipt and its checkpoint: all or nothing.

        Sending the same append again is harmless: if it was written before, the result is
        `Committed` again.

        Raises
        ------
        TooLarge
            If an item is too large; nothing was sent.
        Throttled
            If nothing was written and a later attempt may succeed.
        StorageUnreachable
            If nothing was sent.
        OutcomeUnknown
            If no response came.
        """

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return the parts of a state that exist.

        Each is read consistently, but not all at one time: a part may be older or newer than the
        head that was read before.
        """

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        """Return the receipt of a key, if there is one; it may have expired."""

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,
    ) -> Iterator[Commit]:
        """Return commits, oldest first.

        Parameters
        ----------
        first, last
            The lowest and the highest first version of a commit.
        limit
            Number of commits that are probably needed: a hint for the page size, not a bound.
        """

    def checkpoint(self, stream: Stream, revision: str, version: int) -> Checkpoint | None:
        """Return the latest checkpoint of a revision at or below a version, if there is one."""

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint outside of a commit.

        Raises
        ------
        TooLarge
            If it is too large; nothing was sent.
        """

    def begin(self, effect: Effect) -> bool:
        """Mark that an effect begins; return whether nobody else has begun with it.

        Sending the same effect again is harmless.
        """

    def forget(self, effect: Effect) -> None:
        """Remove the mark of an effect."""

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        """List the streams of a store that are not deleted, newest first.

        Parameters
        ----------
        namespace, store
            The store, and the namespace of its streams.
        before
            ``next`` of the previous page; ``None`` for the first page.
        limit
            Maximum number of heads; a page of large states is shorter.
        """
