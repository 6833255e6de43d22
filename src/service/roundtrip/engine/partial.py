"""Reads of a part of a state: a slice, a page of its entities, or one entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from roundtrip.errors import Busy, CorruptItem
from roundtrip.limits import PAGE_BYTES
from roundtrip.redux.jsontext import decode
from roundtrip.redux.parts import ALL, REST, PartKey
from roundtrip.redux.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.history import History
    from roundtrip.engine.parts import Parts
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Head

# As many as a whole state is read.
_ROUNDS: Final = 20


class Place(NamedTuple):
    """Where a page of entities begins: behind an entity.

    Parameters
    ----------
    ordinal
        Its place when it was read.
    key
        Its id as text.
    """

    ordinal: int
    key: str


class EntityPage(NamedTuple):
    """Entities of a slice, in the order of its ids.

    Parameters
    ----------
    texts
        The entities as JSON text.
    next
        Where the next page begins; ``None`` on the last page.
    """

    texts: list[str]
    next: Place | None


class PartialReads:
    """Reads parts of the latest state of a stream, all of one version.

    Parameters
    ----------
    history
        Reads the heads, in the current revision.
    """

    def __init__(self, history: History, parts: Parts, cache: HeadCache) -> None:
        self._history = history
        self._parts = parts
        self._cache = cache

    def read(
        self,
        store: Store,
        head: Head,
        wanted: Callable[[Snapshot], Iterable[PartKey]],
        *,
        deadline_s: float,
    ) -> tuple[Head, Snapshot]:
        """Return a snapshot with some parts, and its head: the given one or a newer one.

        Parameters
        ----------
        wanted
            Names the parts of a snapshot that must be loaded.

        Raises
        ------
        Busy
            If the stream moves on each time.
        StreamNotFound, StreamDeleted
            If it was deleted meanwhile.
        """
        for _ in range(_ROUNDS):
            if head.manifest_text is None:
                return head, _divided(store, head)
            snapshot = self._parts.snapshot(head)
            if self._parts.load(head.stream, snapshot, wanted(snapshot)):
                self._cache.store(head, snapshot, was_read=True)
                return head, snapshot
            head = self._history.living_head(store, head.stream, deadline_s=deadline_s)
        raise Busy(head.stream.label)


def parts_of(key: str) -> Callable[[Snapshot], set[PartKey]]:
    """Return the function that names all parts of a slice, for `PartialReads.read`."""

    def wanted(snapshot: Snapshot) -> set[PartKey]:
        return {PartKey(key, REST), PartKey(key, ALL)} if key in snapshot.slices else set()

    return wanted


def part_with(key: str, entity: str) -> Callable[[Snapshot], set[PartKey]]:
    """Return the function that names the part of an entity, for `PartialReads.read`."""

    def wanted(snapshot: Snapshot) -> set[PartKey]:
        if not _holds_entities(snapshot, key):
            return set()
        return {PartKey(key, snapshot.bucket(key, entity))}

    return wanted


def entity_text(snapshot: Snapshot, key: str, entity: str) -> str | None:
    """Return an entity as JSON text, or ``None`` if there is none; its part is loaded."""
    line = snapshot.line(key, entity) if _holds_entities(snapshot, key) else None
    return line and line.text


def entity_page(snapshot: Snapshot, key: str, *, after: Place | None, limit: int) -> EntityPage:
    """Return the entities of a slice behind a place; all parts of the slice are loaded.

    Parameters
    ----------
    limit
        Maximum number; a page also ends before `PAGE_BYTES`.
    """
    if not _holds_entities(snapshot, key):
        return EntityPage([], None)
    start = -1
    if after is not None:
        line = snapshot.line(key, after.key)
        # Entities get other places where a state is divided anew, in the same order. One that was
        # removed and added again is at the end.
        start = min(after.ordinal, line.ordinal) if line else after.ordinal
    behind = ((ordinal, stored) for ordinal, stored in _stored(snapshot, key) if ordinal > start)
    # Loaded by the first page only.
    from heapq import nsmallest  # noqa: PLC0415

    texts: list[str] = []
    page_bytes = 0
    last = None
    for ordinal, stored in nsmallest(limit + 1, behind):
        id_text, _, text = stored.partition("\t")
        page_bytes += len(text.encode())
        if texts and (len(texts) == limit or page_bytes > PAGE_BYTES):
            return EntityPage(texts, last)
        texts.append(text)
        last = Place(ordinal, str(decode(id_text)))
    return EntityPage(texts, None)


def _stored(snapshot: Snapshot, key: str) -> Iterator[tuple[int, str]]:
    """Return the ordinal of each entity with the rest of its line: most are on another page."""
    held = snapshot.buckets[key]
    for number in held:
        for line in held.text(number).split("\n"):
            ordinal, _, stored = line.partition("\t")
            if stored:
                yield int(ordinal), stored


def _holds_entities(snapshot: Snapshot, key: str) -> bool:
    return key in snapshot.slices and bool(snapshot.slices[key].buckets)


def _divided(store: Store, head: Head) -> Snapshot:
    try:
        return Snapshot.of_state(store.reducer, head.state_text)
    except ValueError as error:
        raise CorruptItem(
            f"{head.stream.label}: the saved state is not JSON ({error}); `roundtrip repair` "
            "rebuilds it from the events."
        ) from error
