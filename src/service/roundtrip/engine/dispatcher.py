"""Dispatch: load, reduce, commit, and retry while there is time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from roundtrip.engine.effects import timestamp
from roundtrip.engine.messages import Dispatch, Dispatched
from roundtrip.engine.reducing import Reduced, Stale, reduce_inline, reduce_parts
from roundtrip.engine.retries import Retries
from roundtrip.engine.transaction import build_append
from roundtrip.errors import (
    Busy,
    Conflict,
    CorruptItem,
    IntegrityError,
    NothingApplied,
    ReducerFailed,
    ReplayFailed,
    RequestError,
    StreamDeleted,
    StreamNotFound,
    TooLarge,
    Unavailable,
    VersionMismatch,
)
from roundtrip.redux.outcome import outcomes_of
from roundtrip.storage.records import DELETED_TEXT, Checkpoint, Committed, Moved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.effects import Effects
    from roundtrip.engine.finder import Finder, Found
    from roundtrip.engine.messages import Count
    from roundtrip.engine.parts import Parts
    from roundtrip.engine.repeats import Repeats
    from roundtrip.errors import Rejected
    from roundtrip.redux.reducer import Reducer
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Append, Appended, Head

# After two lost attempts there are probably many writers; a pause lets them finish.
_CONFLICTS_WITHOUT_PAUSE: Final = 2


class Dispatcher:
    """Applies actions to streams.

    An acknowledged action is in the log exactly once, in the order of acknowledgement, and the
    state is the fold of the log. Only the cache is kept between requests; it saves reads and never
    changes a result.

    Parameters
    ----------
    finder
        Finds the head that actions are applied to.
    repeats
        Answers requests that were answered before.
    count
        Called with each metric.
    refused
        Called with each request of which actions were refused, and with the rejection of each
        action.
    """

    def __init__(
        self,
        *,
        stores: Mapping[str, Store],
        storage: Storage,
        finder: Finder,
        repeats: Repeats,
        parts: Parts,
        cache: HeadCache,
        effects: Effects,
        count: Callable[[Count, int], None],
        refused: Callable[[Dispatch, Sequence[Rejected | None]], None],
    ) -> None:
        self._stores = stores
        self._storage = storage
        self._finder = finder
        self._repeats = repeats
        self._parts = parts
        self._cache = cache
        self._effects = effects
        self._count = count
        self._refused = refused

    def dispatch(self, request: Dispatch) -> Dispatched:
        """Apply the actions of one request and return the new state.

        Raises
        ------
        NothingApplied
            If every action was rejected, or one action of an atomic request.
        ReducerFailed
            If a reducer broke its contract.
        VersionMismatch, StreamNotFound, StreamDeleted, KeyReused, TooLarge
            If the request cannot be applied; nothing was written.
        Conflict, Throttled
            If time ran out; nothing was written.
        OutcomeUnknown
            If time ran out after a write that may have succeeded.
        ReplayFailed, ReplayUnfinished
            If the state must be rebuilt, and its events cannot be replayed, or not in time.
        """
        self._count("Dispatches", 1)
        store = self._stores[request.stream.store]
        retries = Retries(self._effects, request.deadline_s)
        found = self._finder.find(store, request, retries)
        while True:
            try:
                append, reduced = self._prepare(store, found, request)
                result = self._append(append, retries)
            except Stale:
                self._cache.contend(request.stream)
                found = self._finder.read(store, request.stream, retries)
                retries.again(Busy(request.stream.label), pause=retries.attempts > 1)
                continue
            except (RequestError, ReplayFailed) as refusal:
                if not found.verified:
                    self._cache.contend(request.stream)
                    found = self._finder.read(store, request.stream, retries)
                    continue
                if receipt := self._repeats.receipt(request.stream, request.key, retries):
                    # The first request may have committed after the head was read.
                    found = self._finder.read(store, request.stream, retries)
                    return self._repeats.answer(store, request, receipt, found, retries)
                self._note(refusal, request)
                raise
            if isinstance(result, Committed):
                return self._committed(append, reduced, request)
            self._cache.contend(request.stream)
            if isinstance(result, Moved):
                found = self._moved(store, result, append, request, retries)
                continue
            if result.head:
                found = self._finder.given(store, result.head, retries)
            return self._repeats.answer(store, request, result.receipt, found, retries)

    def _prepare(self, store: Store, found: Found, request: Dispatch) -> tuple[Append, Reduced]:
        head = found.head
        _check_preconditions(head, request)
        now = self._effects.now()
        recorded_at = timestamp(now)
        if found.failure is not None:
            saved = head and self._finder.saved(head)
            batch = _delete(
                store.reducer, saved, request, self._parts, found.failure, recorded_at=recorded_at
            )
        elif head is None or head.manifest_text is None:
            batch = reduce_inline(
                store.reducer, head, request, self._parts, recorded_at=recorded_at
            )
        else:
            try:
                batch = reduce_parts(
                    store.reducer, head, request, self._parts, recorded_at=recorded_at
                )
            except (Busy, CorruptItem):
                if found.verified:
                    raise
                # The parts of a stream that was erased are gone, or those of another one.
                raise Stale from None
        refused = any(batch.rejections)
        if not batch.applied or (refused and request.atomic):
            version = head.version if head else 0
            raise NothingApplied(request.stream.label, version=version, rejections=batch.rejections)
        append = build_append(store, head, request, batch, now=now, token=self._effects.new_id())
        return append, batch

    def _append(self, append: Append, retries: Retries) -> Appended:
        # After an attempt that may have succeeded, only the same append is sent again. Its place
        # in the log is then taken by it or by another append, and the response says by which.
        return retries.call(lambda: self._storage.append(append), self._count)

    def _moved(
        self,
        store: Store,
        moved: Moved,
        append: Append,
        request: Dispatch,
        retries: Retries,
    ) -> Found:
        self._count("Conflicts", 1)
        found = (
            self._finder.given(store, moved.head, retries)
            if moved.head
            else self._finder.read(store, request.stream, retries)
        )
        stream, expected = request.stream.label, append.expected_version
        actual = found.head.version if found.head else 0
        if actual == expected == 0:
            raise CorruptItem(
                f"{stream}: found events but no head; `roundtrip repair` rebuilds it from them."
            )
        self._count("Retries", 1)
        retries.again(
            Conflict(stream, expected=expected, actual=actual, attempts=retries.attempts),
            pause=retries.attempts > _CONFLICTS_WITHOUT_PAUSE,
        )
        return found

    def _committed(self, append: Append, batch: Reduced, request: Dispatch) -> Dispatched:
        head = append.head
        self._cache.store(head, batch.snapshot)
        if batch.kept is not None:
            kept = Checkpoint(head.stream, head.version, head.revision, batch.kept)
            # It only saves time: the commit is in force without it.
            with suppress(TooLarge, Unavailable):
                self._storage.keep(kept)
        if batch.snapshot is not None:
            head = head._replace(state_text=batch.state_text)
        applied = append.commit.applied
        self._count("Actions", applied)
        if rejected := len(request.actions) - applied:
            self._count("Rejections", rejected)
            self._refused(request, batch.rejections)
        return Dispatched(
            head=head,
            outcomes=outcomes_of(batch.rejections, append.commit.first_version),
            created=append.expected_version == 0,
            replayed=False,
            answer=batch.answer,
            changes=batch.changes,
            snapshot=batch.snapshot,
        )

    def _note(self, refusal: RequestError | ReplayFailed, request: Dispatch) -> None:
        if isinstance(refusal, NothingApplied):
            self._count("Rejections", sum(1 for one in refusal.rejections if one))
            self._refused(request, refusal.rejections)
        elif isinstance(refusal, ReducerFailed):
            self._count("ReducerFailures", 1)


def _delete(
    reducer: Reducer,
    head: Head | None,
    request: Dispatch,
    loading: Parts,
    failure: ReplayFailed,
    *,
    recorded_at: str,
) -> Reduced:
    """Reduce actions that delete a stream whose state is unknown.

    Its rules cannot be asked, and the reducer gets the last state that was saved. Nothing but a
    deletion is accepted.
    """
    try:
        batch = reduce_inline(
            replace(reducer, rules={}), head, request, loading, recorded_at=recorded_at
        )
    except (IntegrityError, RequestError):
        # A state of another release may not suit this one at all.
        raise failure from None
    if len(request.actions) > 1 or batch.state_text != DELETED_TEXT:
        raise failure
    return batch


def _check_preconditions(head: Head | None, request: Dispatch) -> None:
    stream, expected = request.stream.label, request.expected_version
    if head is not None and head.deleted:
        raise StreamDeleted(stream, version=head.version)
    actual = head.version if head else 0
    if head is None and request.must_exist:
        raise StreamNotFound(stream)
    if expected in (None, actual) or (expected == "any" and actual):
        return
    if isinstance(expected, str) and head is not None:
        if expected == head.tag:
            return
        version, _, digest = expected.strip('"').partition(".")
        if version.isdecimal() and int(version) != actual and head.tag.endswith(f'.{digest}"'):
            expected = int(version)
    raise VersionMismatch(stream, expected=expected, actual=actual)
