"""Streams in memory, for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Committed, Moved, Receipted, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Append, Appended, Commit, Head, HeadPage, Receipt


class MemoryStorage:
    """Implements `roundtrip.storage.port.Storage` in a dictionary; thread-safe, not durable.

    It keeps the same items as DynamoDB, so that tests cover their form and limits.
    """

    def __init__(self) -> None:
        self._items: dict[tuple[Stream, str], Item] = {}
        self._lock = threading.Lock()

    def load(self, stream: Stream) -> Head | None:
        """Return the latest head, if there is one."""
        item = self._items.get((stream, items.HEAD_SK))
        return None if item is None else items.head_record(stream, item)

    def append(self, append: Append) -> Appended:
        """Write everything or nothing."""
        stream = append.head.stream
        keyed = {(stream, item["sk"]["S"]): item for item in items.append_items(append)}
        with self._lock:
            existing = self._items.get((stream, items.commit_sk(append.commit.first_version)))
            if existing and items.commit_record(stream, existing).token == append.commit.token:
                return Committed()
            head = self.load(stream)
            moved = (head.version if head else 0) != append.expected_version
            if append.receipt and (receipt := self.receipt(stream, append.receipt.key)):
                return Receipted(receipt, head if moved else None)
            if moved or existing:
                return Moved(head if moved else None)
            self._items.update(keyed)
            return Committed()

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        """Return the receipt of a key, if there is one."""
        item = self._items.get((stream, items.receipt_sk(key)))
        return None if item is None else items.receipt_record(stream, item)

    def commits(
        self,
        stream: Stream,
        *,
        after: int = 0,
        limit: int | None = None,  # noqa: ARG002 - there are no pages in memory
    ) -> Iterator[Commit]:
        """Return the commits with events later than ``after``, oldest first."""
        keys = sorted(
            sk for owner, sk in list(self._items) if owner == stream and sk.startswith("commit#")
        )
        for sk in keys:
            commit = items.commit_record(stream, self._items[stream, sk])
            if commit.last_version > after:
                yield commit

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        """List the streams of a store that are not deleted, newest first."""
        found = sorted(
            (item["listSk"]["S"], stream)
            for (stream, _), item in list(self._items.items())
            if "listSk" in item and (stream.namespace, stream.store) == (namespace, store)
        )
        older = (stream for sk, stream in reversed(found) if before is None or sk < before)
        return items.cut_page((head for stream in older if (head := self.load(stream))), limit)
