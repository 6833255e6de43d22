"""Finds the head that the actions of a request are applied to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from roundtrip.engine.reducing import Stale
from roundtrip.errors import ReplayFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.history import History
    from roundtrip.engine.messages import Count, Dispatch
    from roundtrip.engine.parts import Parts
    from roundtrip.engine.retries import Retries
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Head, Stream


class Found(NamedTuple):
    """A head, or none if the stream is new.

    Parameters
    ----------
    verified
        True if it was read from the storage, False if it is cached or assumed.
    failure
        Set if its events cannot be replayed, so that the head is as another revision saved it.
    """

    head: Head | None
    verified: bool
    failure: ReplayFailed | None = None


class Finder:
    """Finds heads, in the cache or by a read, and rebuilds those of another revision.

    Parameters
    ----------
    count
        Called with each metric.
    """

    def __init__(
        self,
        storage: Storage,
        history: History,
        parts: Parts,
        cache: HeadCache,
        *,
        count: Callable[[Count, int], None],
    ) -> None:
        self._storage = storage
        self._history = history
        self._parts = parts
        self._cache = cache
        self._count = count

    def find(self, store: Store, request: Dispatch, retries: Retries) -> Found:
        """Return the head that is cached, if no other container seems to write the stream."""
        if request.likely_new:
            return Found(None, verified=False)
        head = self._cache.trusted(request.stream)
        if head is not None and head.revision == store.reducer.revision:
            self._count("CacheHits", 1)
            return Found(head, verified=False)
        return self.read(store, request.stream, retries)

    def given(self, store: Store, head: Head, retries: Retries) -> Found:
        """Return a head that a refusal brought."""
        if head.revision == store.reducer.revision:
            return Found(head, verified=True)
        return self.read(store, head.stream, retries)

    def read(self, store: Store, stream: Stream, retries: Retries) -> Found:
        """Return the head that is stored."""

        def load() -> Head | None:
            return self._history.head(store, stream, deadline_s=retries.deadline_s)

        try:
            return Found(retries.call(load, self._count), verified=True)
        except ReplayFailed as failure:
            head = retries.call(lambda: self._storage.load(stream), self._count)
            return Found(head, verified=True, failure=failure)

    def saved(self, head: Head) -> Head:
        """Return a head with its whole state, of whichever revision, as if it was in no parts."""
        whole, snapshot = self._parts.whole(head, again=lambda: self._storage.load(head.stream))
        if whole.version != head.version:
            raise Stale
        if snapshot is None:
            return whole
        return whole._replace(manifest_text=None, left=self._parts.stored(whole))
