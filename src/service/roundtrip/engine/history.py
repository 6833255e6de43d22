"""Reading streams: the latest state, older states and events."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from roundtrip.engine.messages import Changes
from roundtrip.engine.transaction import checkpoint_due
from roundtrip.errors import (
    CorruptItem,
    ReplayFailed,
    ReplayUnfinished,
    StreamDeleted,
    StreamNotFound,
    TooLarge,
    Unavailable,
    VersionNotFound,
)
from roundtrip.limits import ANSWERED_CHARACTERS, LEAST_REPLAY_S, MAX_COMMIT_ACTIONS
from roundtrip.redux.jsontext import encode
from roundtrip.redux.replay import Fold
from roundtrip.storage.records import DELETED_TEXT, Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.messages import Answer, Count
    from roundtrip.engine.parts import Parts
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


class _Folded(NamedTuple):
    version: int
    state_text: str
    # Weight of the events since the last checkpoint.
    replay_bytes: int


class History:
    """Reads streams. All reads are consistent.

    Parameters
    ----------
    cache
        The heads that this container used last; filled here, so that a write after a read needs no
        further read.
    monotonic_s
        The clock of deadlines.
    count
        Called with each metric.
    """

    def __init__(
        self,
        storage: Storage,
        cache: HeadCache,
        parts: Parts,
        *,
        monotonic_s: Callable[[], float],
        count: Callable[[Count, int], None],
    ) -> None:
        self._storage = storage
        self._cache = cache
        self._parts = parts
        self._monotonic_s = monotonic_s
        self._count = count

    def head(self, store: Store, stream: Stream, *, deadline_s: float) -> Head | None:
        """Return the latest head in the current revision, or ``None`` for an unknown stream.

        Parameters
        ----------
        deadline_s
            On the clock ``monotonic_s``; a replay ends unfinished when it has passed.

        Raises
        ------
        ReplayFailed, ReplayUnfinished
            As in `current`.
        """
        head = self._storage.load(stream)
        if head is None:
            return None
        head = self.current(store, head, deadline_s=deadline_s)
        self._cache.store(head, was_read=True)
        return head

    def current(self, store: Store, head: Head, *, deadline_s: float) -> Head:
        """Rebuild a head from its events if another revision of the reducer wrote it.

        A deletion is final: the head of a deleted stream is not rebuilt.

        Raises
        ------
        ReplayFailed
            If the running code cannot replay its events.
        ReplayUnfinished
            If the time ran out. What was replayed is kept in a checkpoint.
        """
        revision = store.reducer.revision
        if head.revision == revision or head.deleted:
            return head
        known = self._cache.same_as(head)
        if known is not None and known.revision == revision:
            return known
        folded = self._fold(store, head.stream, head.version, deadline_s)
        rebuilt = head._replace(
            state_text=folded.state_text,
            revision=revision,
            replay_bytes=folded.replay_bytes,
            manifest_text=None,
            left=self._parts.stored(head),
            former=head.manifest_text,
        )
        self._cache.store(rebuilt, was_read=True)
        return rebuilt

    def existing(self, store: Store, stream: Stream, *, deadline_s: float) -> Head:
        """Return the latest head of a stream that exists and is not deleted.

        Raises
        ------
        StreamNotFound, StreamDeleted
            If the stream does not exist or is deleted.
        ReplayFailed, ReplayUnfinished
            As in `current`.
        """
        head = self.living_head(store, stream, deadline_s=deadline_s)
        return self.living(store, head, deadline_s=deadline_s)

    def living(self, store: Store, head: Head, *, deadline_s: float) -> Head:
        """Return a head with its whole state, or a newer one, of a stream that exists.

        Raises
        ------
        StreamNotFound, StreamDeleted
            If it was erased or deleted meanwhile.
        Busy
            As `whole`.
        """
        return self._whole(
            head, lambda: self.living_head(store, head.stream, deadline_s=deadline_s)
        )

    def living_head(self, store: Store, stream: Stream, *, deadline_s: float) -> Head:
        """Return the latest head of a stream that exists, without a state in parts.

        Raises
        ------
        StreamNotFound, StreamDeleted, ReplayFailed, ReplayUnfinished
            As `existing`.
        """
        head = self.head(store, stream, deadline_s=deadline_s)
        if head is None:
            raise StreamNotFound(stream.label)
        if head.deleted:
            raise StreamDeleted(stream.label, version=head.version)
        return head

    def changes(
        self, store: Store, head: Head, since: int, *, deadline_s: float
    ) -> tuple[Head, Changes | None]:
        """Return what changed after a version, up to the latest head or a newer one.

        Returns
        -------
        head, changes
            ``None`` where the whole state is the answer; the head has it then.

        Raises
        ------
        StreamNotFound, StreamDeleted, Busy
            As `living`.
        """
        if head.manifest_text is not None and (found := self._parts.changes(head, since)):
            snapshot, changes = found
            self._cache.store(head, snapshot, was_read=True)
            return head, changes
        if since == head.version:
            return head, Changes(since, "[]")
        return self.living(store, head, deadline_s=deadline_s), None

    def told(
        self, store: Store, head: Head, answer: Answer | None, since: int, *, deadline_s: float
    ) -> tuple[Head, Answer, Changes | None]:
        """Return a head with what a response says of its state, and what that is.

        Parameters
        ----------
        answer
            What is preferred; ``None``: the state, or the changes if it is large.
        since
            The version that the receiver has.

        Raises
        ------
        Busy
            As `whole`.
        """
        if answer == "nothing":
            return head, answer, None
        if answer != "state" and head.manifest_text is not None:
            large = self._parts.size(head) >= ANSWERED_CHARACTERS
            if (answer or large) and (found := self._parts.changes(head, since)):
                return head, "changes", found[1]
        return self.whole(store, head, deadline_s=deadline_s), "state", None

    def whole(self, store: Store, head: Head, *, deadline_s: float) -> Head:
        """Return a head with its whole state, or a newer one if the stream moves on meanwhile.

        Raises
        ------
        Busy
            If it moves on each time.
        """
        return self._whole(head, lambda: self.head(store, head.stream, deadline_s=deadline_s))

    def _whole(self, head: Head, again: Callable[[], Head | None]) -> Head:
        found, snapshot = self._parts.whole(head, again=again)
        if snapshot is not None:
            self._cache.store(found, snapshot, was_read=True)
        return found

    def state_at(self, store: Store, stream: Stream, version: int, *, deadline_s: float) -> str:
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
            If the stream was deleted at or before the version.
        ReplayFailed, ReplayUnfinished
            As in `current`, for the events up to the version.
        """
        if version < self._cache.reached(stream):
            # Saves a read: what is in the log stays there, unless the stream was erased.
            with suppress(CorruptItem, ReplayFailed):
                return self._living(
                    stream, version, self._replay(store, stream, version, deadline_s)
                )
        try:
            head = self._storage.load(stream)
        except CorruptItem:
            # The events do not depend on the head.
            return self._living(stream, version, self._fold(store, stream, version, deadline_s))
        if head is None:
            raise StreamNotFound(stream.label)
        if version > head.version:
            raise VersionNotFound(stream.label, version=version, current_version=head.version)
        if version == head.version and (head.deleted or head.revision == store.reducer.revision):
            whole = self.whole(store, head, deadline_s=deadline_s)
            if whole.version == version:
                return self._living(stream, version, whole)
        return self._living(stream, version, self._fold(store, stream, version, deadline_s))

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

    def _events(self, stream: Stream, *, after: int, limit: int) -> Iterator[Event]:
        # The commit that contains the first event may start up to a whole batch earlier.
        first = max(1, after - MAX_COMMIT_ACTIONS + 2)
        expected = after + 1
        for commit in self._storage.commits(stream, first=first, limit=limit + expected - first):
            for event in commit.events():
                if event.version <= after:
                    continue
                if event.version != expected:
                    raise _gap(stream, expected=expected, found=event.version)
                expected += 1
                yield event

    def _living(self, stream: Stream, version: int, found: Head | _Folded) -> str:
        if found.state_text == DELETED_TEXT:
            raise StreamDeleted(stream.label, version=version)
        return found.state_text

    def _fold(self, store: Store, stream: Stream, version: int, deadline_s: float) -> _Folded:
        try:
            return self._replay(store, stream, version, deadline_s)
        except ReplayFailed:
            self._count("ReducerFailures", 1)
            raise

    def _replay(self, store: Store, stream: Stream, version: int, deadline_s: float) -> _Folded:
        until_s = max(deadline_s, self._monotonic_s() + LEAST_REPLAY_S)
        fold = self._start(store, stream, version)
        if fold.version == version:
            return _Folded(version, fold.text(), 0)
        since_bytes = 0
        whole = True
        for commit in self._parts.commits(stream, first=fold.version + 1, last=version):
            if since_bytes and self._monotonic_s() > until_s:
                self._keep(store, stream, fold)
                raise ReplayUnfinished(stream.label, version=fold.version, target=version)
            # A checkpoint is at the end of a commit, and the version may be inside of this one.
            ends = commit.last_version > version
            if checkpoint_due(since_bytes, fold.size_characters, sparse=not ends):
                self._keep(store, stream, fold)
                since_bytes = 0
            if commit.first_version != fold.version + 1:
                raise _gap(stream, expected=fold.version + 1, found=commit.first_version)
            for event in commit.events():
                if event.version <= version:
                    fold.add(event)
            since_bytes += commit.weight_bytes
            whole = commit.last_version <= version
        if fold.version != version:
            raise _gap(stream, expected=fold.version + 1, found=None)
        state_text = fold.text()
        if whole and checkpoint_due(since_bytes, len(state_text)):
            self._keep(store, stream, fold)
            since_bytes = 0
        return _Folded(version, state_text, since_bytes)

    def _start(self, store: Store, stream: Stream, version: int) -> Fold:
        # A damaged checkpoint counts for nothing: the events tell the same.
        with suppress(CorruptItem, ValueError):
            start = self._storage.checkpoint(stream, store.reducer.revision, version)
            if start is not None:
                text = start.state_text
                return Fold(store, stream=stream.label, version=start.version, state_text=text)
        return Fold(store, stream=stream.label)

    def _keep(self, store: Store, stream: Stream, fold: Fold) -> None:
        checkpoint = Checkpoint(stream, fold.version, store.reducer.revision, fold.text())
        # It only saves time: the state is right without it.
        with suppress(TooLarge, Unavailable):
            self._storage.keep(checkpoint)


def _gap(stream: Stream, *, expected: int, found: int | None) -> CorruptItem:
    return CorruptItem(
        f"{stream.label}: the history has a gap: expected event {expected}, "
        f"found {found or 'none'}; restore it from a backup of the table."
    )
