"""What Roundtrip asks of a storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.records import Append, Appended, Commit, Head, HeadPage, Receipt, Stream


class Storage(Protocol):
    """Keeps streams. Every read is consistent; every write is one conditional transaction.

    Any method raises `roundtrip.errors.Unavailable` when the storage cannot answer now and
    `roundtrip.errors.IntegrityError` when what it holds is not what Roundtrip writes.
    """

    def load(self, stream: Stream) -> Head | None:
        """Give the newest head, or ``None`` when nothing was ever appended."""

    def append(self, append: Append) -> Appended:
        """Write a commit, its head and its receipt: all or nothing.

        Sending the same append again is harmless: when it was written before, the answer is
        `Committed` once more.

        Raises
        ------
        TooLarge
            When an item would not fit; nothing was sent.
        Throttled
            When nothing was written and a later try may succeed.
        OutcomeUnknown
            When no answer came.
        """

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        """Give the receipt of a key, if it has one."""

    def commits(
        self, stream: Stream, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Commit]:
        """Give the commits with events later than version ``after``, oldest first, all of them.

        Parameters
        ----------
        stream
            Whose.
        after
            A version; the first commit given may begin before it.
        limit
            About how many events are wanted: a hint for the size of pages, not a bound.
        """

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        """List the streams of a store that are not deleted, newest first.

        Parameters
        ----------
        namespace, store
            Whose.
        before
            ``next`` of the page before; ``None`` for the first page.
        limit
            At most so many heads; a page of large states is shorter.
        """
