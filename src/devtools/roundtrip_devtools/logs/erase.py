"""Deletes all that a table holds of streams.

The order matters, because requests go on meanwhile:

1. A tombstone replaces the head of each stream. Every write is conditional on the head, so from now
   on none succeeds, and callers are told that the stream is deleted. It also leaves the index.
2. All other items are deleted, the newest first: what is left is never a history with a gap. So
   are the followers of the stream, whose keys contain its name, and their connections, which
   answer the next message with ``expired``: clients would wait for pokes that never come.
3. A pause. A request that began earlier may still keep a checkpoint, or add a follower, which are
   the only writes without a condition. After the pause no request is left that has read anything
   of the stream.
4. Such late items are deleted, and the head last: until then a second run finds the stream.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from roundtrip.engine.effects import timestamp
from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import items
from roundtrip.storage.dynamodb.socket_items import FOLLOWERS, followers_pk, socket_key
from roundtrip.storage.records import DELETED_TEXT, Head
from roundtrip_devtools.logs.log import ERASED, label, stream_of
from roundtrip_devtools.logs.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Stream

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
_BATCH_ITEMS: Final = 25
_THREADS: Final = 8
_PAUSE_S: Final = 1.0
_SHOWN_STREAMS: Final = 20


class ErasableTable(Table):
    """Finds and deletes the items of streams."""

    def keys(self, stream: Stream) -> Iterator[Item]:
        """Return the keys of all items of a stream, the newest commit before older ones.

        Its followers come last, because a request that is still running may add some.
        """
        for pk in (items.pk(stream), followers_pk(stream)):
            request = {
                "TableName": self._name,
                "ConsistentRead": True,
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": pk}},
                "ProjectionExpression": "pk, sk",
                "ScanIndexForward": False,
            }
            yield from self._query(request)

    def keys_in(self, namespace: str) -> Iterator[Item]:
        """Return the keys of all items in a namespace, by a scan of the table."""
        request = {
            "ConsistentRead": True,
            "FilterExpression": "begins_with(pk, :prefix) OR begins_with(pk, :followers)",
            "ExpressionAttributeValues": {
                ":prefix": {"S": f"{namespace}#"},
                ":followers": {"S": f"{FOLLOWERS}{namespace}#"},
            },
            "ProjectionExpression": "pk, sk",
        }
        return self._scan(request)

    def bury(self, stream: Stream) -> None:
        """Replace the head, whatever it is, by a tombstone at a version that no writer expects."""
        now = timestamp(datetime.now(UTC))
        head = Head(stream, LAST_VERSION, DELETED_TEXT, ERASED, now, now)
        request = {"TableName": self._name, "Item": items.head_item(head)}
        self._call("PutItem", request)

    def delete(self, keys: Sequence[Item]) -> None:
        """Delete items in their order, in batches."""
        for start in range(0, len(keys), _BATCH_ITEMS):
            batch = keys[start : start + _BATCH_ITEMS]
            self._delete([{"DeleteRequest": {"Key": key}} for key in batch])

    def _delete(self, waiting: list[Any]) -> None:
        while waiting:
            request = {"RequestItems": {self._name: waiting}}
            response = self._call("BatchWriteItem", request)
            left = response.get("UnprocessedItems", {}).get(self._name, [])
            if len(left) == len(waiting):
                # The table is throttled.
                time.sleep(_PAUSE_S)
            waiting = left


class Holdings:
    """What a table holds of streams.

    Parameters
    ----------
    keys
        The keys of all items.

    Attributes
    ----------
    streams
        The number of items of each kind, such as ``commit``, by the stream.
    """

    def __init__(self, keys: Iterable[Item]) -> None:
        self.streams: dict[Stream, Counter[str]] = {}
        for key in keys:
            pk = key["pk"]["S"]
            stream = stream_of(pk.removeprefix(FOLLOWERS))
            if stream is not None:
                of_stream = stream_of(pk) == stream
                kind = key["sk"]["S"].partition("#")[0] if of_stream else "follower"
                self.streams.setdefault(stream, Counter())[kind] += 1

    def __str__(self) -> str:
        """Return lines for people: some of the streams, and all together."""
        lines = [f"  {label(one)}: {_told(kinds)}" for one, kinds in self.streams.items()]
        if len(lines) > _SHOWN_STREAMS:
            lines[_SHOWN_STREAMS:] = [f"  and {len(lines) - _SHOWN_STREAMS} more streams"]
        total: Counter[str] = sum(self.streams.values(), Counter())
        return "\n".join([*lines, f"{len(self.streams)} streams: {_told(total)}"])


def _told(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))


def holdings(table: ErasableTable, targets: Iterable[Stream | str]) -> Holdings:
    """Count what a table holds of streams, and of namespaces, which are given by their names."""
    return Holdings(
        key
        for target in targets
        for key in (table.keys_in(target) if isinstance(target, str) else table.keys(target))
    )


def missing(found: Holdings, targets: Iterable[Stream | str]) -> list[str]:
    """Return the names of the targets that a table holds nothing of."""
    held = {*found.streams, *(stream.namespace for stream in found.streams)}
    return [
        target if isinstance(target, str) else label(target)
        for target in targets
        if target not in held
    ]


def erase(table: ErasableTable, streams: Iterable[Stream], pause: Callable[[], None]) -> int:
    """Delete all items of streams, in the order that the module describes.

    It can be stopped at any moment, and run again.

    Parameters
    ----------
    pause
        Waits until every request has ended that began before.

    Returns
    -------
    int
        Number of items of the streams that were deleted.
    """
    chosen = [*streams]

    def sweep(stream: Stream) -> int:
        table.bury(stream)
        head = items.key(stream, items.HEAD_SK)
        found = [key for key in table.keys(stream) if key != head]
        followed = followers_pk(stream)
        connections = [
            socket_key(key["sk"]["S"].partition("#")[2])
            for key in found
            if key["pk"]["S"] == followed
        ]
        # Before their followers, which name them to a run that is stopped and repeated.
        table.delete([*connections, *found])
        return len(found)

    with ThreadPoolExecutor(_THREADS) as threads:
        deleted = sum(threads.map(sweep, chosen))
        pause()
        deleted += sum(threads.map(sweep, chosen))
    table.delete([items.key(stream, items.HEAD_SK) for stream in chosen])
    return deleted + len(chosen)
