"""A storage that is as weak as DynamoDB: of a transaction, some items are seen before others."""

from __future__ import annotations

from random import Random
from time import sleep
from typing import TYPE_CHECKING

from roundtrip.errors import Throttled
from roundtrip.storage.dynamodb import appends, checkpoints, items
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Append, Appended, Checkpoint, Committed, Part, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.parts import PartKey

_LONGEST_S = 0.0006


class WeakStorage(MemoryStorage):
    """Reads are read-committed, each item for itself; transactions that overlap are refused.

    That is what DynamoDB promises for reads of several items, even for consistent ones:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        # What is committed; the items of this storage itself are what reads see of it.
        self._committed = MemoryStorage()
        self._pending: set[tuple[Stream, str]] = set()
        self._random = Random(seed)  # noqa: S311 - it hides nothing

    def append(self, append: Append) -> Appended:
        stream = append.head.stream
        names = [(stream, item["sk"]["S"]) for item in appends.append_items(append)]
        names += [(stream, items.part_sk(part)) for part in append.dropped]
        self._wait()
        with self._lock:
            if self._pending & set(names):
                raise Throttled(f"{stream.label}: TransactionConflict.")
            answer = self._committed.append(append)
            if not isinstance(answer, Committed):
                return answer
            self._pending.update(names)
        self._random.shuffle(names)
        for name in names:
            self._wait()
            self._show(name)
        return answer

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        found: dict[PartKey, Part] = {}
        for key in keys:
            self._wait()
            found |= super().parts(stream, [key])
        return found

    def keep(self, checkpoint: Checkpoint) -> None:
        self._committed.keep(checkpoint)
        for item in checkpoints.checkpoint_items(checkpoint):
            self._show((checkpoint.stream, item["sk"]["S"]))

    def _show(self, name: tuple[Stream, str]) -> None:
        with self._lock:
            item = self._committed._items.get(name)
            if item is None:
                self._items.pop(name, None)
            else:
                self._items[name] = item
            self._pending.discard(name)

    def _wait(self) -> None:
        sleep(self._random.random() * _LONGEST_S)
