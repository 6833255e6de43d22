"""Reading streams: the latest state, older states and events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from roundtrip.errors import (
    CorruptItem,
    ReplayFailed,
    StreamDeleted,
    StreamNotFound,
    VersionNotFound,
)
from roundtrip.redux.jsontext import encode
from roundtrip.redux.replay import replay
from roundtrip.storage.records import DELETED_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.engine.cache import HeadCache
    from roundtrip.redux.action import Event
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Head, Stream


class EventPage(NamedTuple):
    """A page of the events of a stream.

    Parameters
    ----------
    texts
        Each event as JSON text, oldest first.
    next
        The version after which the next page starts; ``None`` on the last page.
    """

    texts: list[str]
    next: int | None


class History:
    """Reads streams. All reads are consistent.

    Parameters
    ----------
    cache
        The heads that this container used last; filled here, so that a write after a read needs no
        further read.
    """

    def __init__(self, storage: Storage, cache: HeadCache) -> None:
        self._storage = storage
        self._cache = cache

    def head(self, store: Store, stream: Stream) -> Head | None:
        """Return the latest head in the current revision, or ``None`` for an unknown stream."""
        head = self._storage.load(stream)
        if head is None:
            return None
        head = self.current(store, head)
        self._cache.store(head, was_read=True)
        return head

    def current(self, store: Store, head: Head) -> Head:
        """Rebuild a head from its events if another revision of the reducer wrote it.

        Raises
        ------
        ReplayFailed
            If the running reducer cannot replay its events.
        """
        revision = store.reducer.revision
        if head.revision == revision:
            return head
        known = self._cache.same_as(head)
        if known is not None and known.revision == revision:
            return known
        version, state_text = self._fold(store, head.stream, head.version)
        if version != head.version:
            raise ReplayFailed(
                head.stream.label, version=version + 1, fault="it is missing; the head is newer"
            )
        return replace(head, state_text=state_text, revision=revision)

    def existing(self, store: Store, stream: Stream) -> Head:
        """Return the latest head of a stream that exists and is not deleted.

        Raises
        ------
        StreamNotFound, StreamDeleted
            If the stream does not exist or is deleted.
        """
        head = self.head(store, stream)
        if head is None:
            raise StreamNotFound(stream.label)
        if head.deleted:
            raise StreamDeleted(stream.label, version=head.version)
        return head

    def state_at(self, store: Store, stream: Stream, version: int) -> str:
        """Return the state at a version, as JSON text: the fold of the events up to it.

        Parameters
        ----------
        version
            At least 1.

        Raises
        ------
        StreamNotFound, VersionNotFound
            If the stream does not exist or has not reached the version.
        StreamDeleted
            If the version is the deletion.
        """
        reached, state_text = self._fold(store, stream, version)
        if reached == 0:
            raise StreamNotFound(stream.label)
        if reached < version:
            raise VersionNotFound(stream.label, version=version, current_version=reached)
        if state_text == DELETED_TEXT:
            raise StreamDeleted(stream.label, version=version)
        return state_text

    def events(self, stream: Stream, *, after: int, limit: int, max_bytes: int) -> EventPage:
        """Return the events after a version.

        Parameters
        ----------
        after
            A version; 0 for all events.
        limit
            Maximum number of events.
        max_bytes
            Maximum size of all texts; a page always has at least one event.

        Raises
        ------
        StreamNotFound
            If nothing was ever dispatched to the stream.
        """
        texts: list[str] = []
        page_bytes = 0
        version = after
        for event in self._events(stream, after=after, limit=limit + 1):
            text = encode(event.to_json())
            page_bytes += len(text.encode())
            if texts and (len(texts) == limit or page_bytes > max_bytes):
                return EventPage(texts, version)
            texts.append(text)
            version = event.version
        if not texts and self._storage.load(stream) is None:
            raise StreamNotFound(stream.label)
        return EventPage(texts, None)

    def _fold(self, store: Store, stream: Stream, version: int) -> tuple[int, str]:
        return replay(store, self._events_until(stream, version), stream=stream.label)

    def _events_until(self, stream: Stream, version: int) -> Iterator[Event]:
        for event in self._events(stream):
            yield event
            if event.version == version:
                return

    def _events(
        self, stream: Stream, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Event]:
        expected = after + 1
        for commit in self._storage.commits(stream, after=after, limit=limit):
            for event in commit.events():
                if event.version <= after:
                    continue
                if event.version != expected:
                    raise CorruptItem(
                        f"{stream.label}: expected event {expected}, found {event.version}; "
                        "the history has a gap."
                    )
                expected += 1
                yield event
