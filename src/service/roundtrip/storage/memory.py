"""Streams in memory, for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from roundtrip.errors import CorruptItem
from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import appends, checkpoints, effects, items
from roundtrip.storage.records import Committed, Damaged, Moved, Receipted, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.dynamodb.items import Item
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
    )


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
        keyed = {(stream, item["sk"]["S"]): item for item in appends.append_items(append)}
        with self._lock:
            existing = self._items.get((stream, items.commit_sk(append.commit.first_version)))
            if existing and items.commit_record(stream, existing).token == append.commit.token:
                return Committed()
            head = self.load(stream)
            version, created_at = (head.version, head.created_at) if head else (0, None)
            moved = version != append.expected_version or created_at not in {
                None,
                append.head.created_at,
            }
            receipt = append.receipt and self.receipt(stream, append.receipt.key)
            if append.receipt and receipt and not receipt.expired(append.receipt.issued_at_s):
                return Receipted(receipt, head if moved else None)
            if moved or existing:
                return Moved(head if moved else None)
            self._items.update(keyed)
            for part in append.dropped:
                self._items.pop((stream, items.part_sk(part)), None)
            return Committed()

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        """Return parts, each as it is when it is read."""
        found = (self._items.get((stream, items.part_sk(part))) for part in keys)
        records = [items.part_record(stream, item) for item in found if item is not None]
        return {part.key: part for part in records}

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        """Return the receipt of a key, if there is one."""
        item = self._items.get((stream, items.receipt_sk(key)))
        return None if item is None else items.receipt_record(stream, item)

    def commits(
        self,
        stream: Stream,
        *,
        first: int = 1,
        last: int = LAST_VERSION,
        limit: int | None = None,  # noqa: ARG002 - there are no pages in memory
    ) -> Iterator[Commit]:
        """Return the commits whose first version is in a range, oldest first."""
        for sk in self._between(stream, items.commit_sk(first), items.commit_sk(last)):
            yield items.commit_record(stream, self._items[stream, sk])

    def checkpoint(self, stream: Stream, revision: str, version: int) -> Checkpoint | None:
        """Return the latest checkpoint of a revision at or below a version."""
        found = self._between(
            stream,
            checkpoints.checkpoint_sk(revision, 0),
            checkpoints.checkpoint_sk(revision, version),
        )
        if not found:
            return None
        item = self._items[stream, found[-1]]
        keys = [key["sk"]["S"] for key in checkpoints.piece_keys(stream, item)]
        pieces = [self._items[stream, sk] for sk in keys if (stream, sk) in self._items]
        return checkpoints.checkpoint_record(stream, item, pieces)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint."""
        for item in checkpoints.checkpoint_items(checkpoint):
            self._items[checkpoint.stream, item["sk"]["S"]] = item

    def begin(self, effect: Effect) -> bool:
        """Mark that an effect begins, unless it has begun."""
        name = effect.stream, effects.effect_sk(effect)
        with self._lock:
            if not effects.begun(effect, self._items.get(name)):
                return False
            self._items[name] = effects.effect_item(effect)
            return True

    def forget(self, effect: Effect) -> None:
        """Remove the mark of an effect."""
        self._items.pop((effect.stream, effects.effect_sk(effect)), None)

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        """List the streams of a store that are not deleted, newest first."""
        found = sorted(
            (item["listSk"]["S"], stream)
            for (stream, _), item in list(self._items.items())
            if "listSk" in item and (stream.namespace, stream.store) == (namespace, store)
        )
        older = ((sk, stream) for sk, stream in reversed(found) if before is None or sk < before)
        return items.cut_page(((sk, self._head(stream)) for sk, stream in older), limit)

    def _head(self, stream: Stream) -> Head | Damaged:
        try:
            return items.head_record(stream, self._items[stream, items.HEAD_SK])
        except CorruptItem as error:
            return Damaged(stream, error)

    def _between(self, stream: Stream, low: str, high: str) -> list[str]:
        return sorted(
            sk for owner, sk in list(self._items) if owner == stream and low <= sk <= high
        )
