"""The heads that this container used last."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from roundtrip.limits import CACHE_BYTES, CACHE_HEADS

if TYPE_CHECKING:
    from roundtrip.redux.snapshot import Snapshot
    from roundtrip.storage.records import Head, Stream


class _Entry(NamedTuple):
    head: Head
    snapshot: Snapshot | None
    size_bytes: int
    contended: bool


class HeadCache:
    """A cache of the least recently used heads, limited in number and bytes; thread-safe.

    It saves the read before a write and never decides a request: writes are conditional, and a
    request is refused only on a head that was just read. A stream that another container also
    writes is contended: it is read first until a read finds it unchanged.

    Examples
    --------
    >>> from roundtrip.storage.records import Head, Stream
    >>> stream, cache = Stream("public", "lamps", "a"), HeadCache()
    >>> cache.store(Head(stream, 1, "{}", "1", "", ""))
    >>> cache.trusted(stream).version
    1
    >>> cache.contend(stream)
    >>> cache.trusted(stream) is None
    True
    """

    def __init__(self, *, max_bytes: int = CACHE_BYTES, max_heads: int = CACHE_HEADS) -> None:
        self._entries: OrderedDict[Stream, _Entry] = OrderedDict()
        self._max_bytes = max_bytes
        self._max_heads = max_heads
        self._bytes = 0
        self._lock = threading.Lock()

    def trusted(self, stream: Stream) -> Head | None:
        """Return the head of a stream, unless another container seems to write it too."""
        with self._lock:
            entry = self._entries.get(stream)
            if entry is None or entry.contended:
                return None
            self._entries.move_to_end(stream)
            return entry.head

    def snapshot(self, head: Head) -> Snapshot | None:
        """Return the last snapshot of the stream of a head, of which some parts may still hold."""
        with self._lock:
            entry = self._entries.get(head.stream)
            # Else it is that of a stream that was erased, whose parts can have the same versions.
            same = entry is not None and entry.head.created_at == head.created_at
            return entry.snapshot if entry and same else None

    def reached(self, stream: Stream) -> int:
        """Return a version that a stream has reached, even if others write it; 0 if unknown."""
        with self._lock:
            entry = self._entries.get(stream)
            return entry.head.version if entry else 0

    def same_as(self, head: Head) -> Head | None:
        """Return the cached head of the same version, in any revision."""
        with self._lock:
            entry = self._entries.get(head.stream)
            return entry.head if entry and _place(entry.head) == _place(head) else None

    def store(
        self, head: Head, snapshot: Snapshot | None = None, *, was_read: bool = False
    ) -> None:
        """Keep a head that was just written or read, and what is loaded of a state in parts.

        A slower thread may pass an older head than the cached one; the newer one stays.
        """
        with self._lock:
            before = self._entries.get(head.stream)
            if before is not None and _place(before.head) > _place(head):
                return
            contended = before is not None and before.contended
            if before is not None and was_read and _place(before.head) == _place(head):
                contended = False
            self._drop(head.stream)
            if head.manifest_text is not None:
                if snapshot is None and before and before.head.created_at == head.created_at:
                    # Most of its parts still hold.
                    snapshot = before.snapshot
                # The snapshot has what the manifest says; a whole state would be there twice.
                head = head._replace(state_text="")
            size_bytes = sys.getsizeof(head.state_text) + sys.getsizeof(head.manifest_text)
            if snapshot is not None:
                # The given one may be used further on, and grow.
                snapshot = snapshot.copy()
                size_bytes += snapshot.pack()
                if size_bytes > self._max_bytes:
                    # The manifest alone still saves a read.
                    size_bytes, snapshot = sys.getsizeof(head.manifest_text), None
            if size_bytes > self._max_bytes:
                return
            self._entries[head.stream] = _Entry(head, snapshot, size_bytes, contended)
            self._bytes += size_bytes
            while self._bytes > self._max_bytes or len(self._entries) > self._max_heads:
                self._drop(next(iter(self._entries)))

    def contend(self, stream: Stream) -> None:
        """Record that the cached head was stale because another container writes this stream."""
        with self._lock:
            if entry := self._entries.get(stream):
                self._entries[stream] = entry._replace(contended=True)

    def _drop(self, stream: Stream) -> None:
        if entry := self._entries.pop(stream, None):
            self._bytes -= entry.size_bytes


def _place(head: Head) -> tuple[str, int]:
    # A stream that was erased can be made again, and begins again with version 1.
    return head.created_at, head.version
