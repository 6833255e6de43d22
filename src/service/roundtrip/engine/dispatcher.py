"""Dispatch: load, reduce, commit, and retry while there is time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

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
    KeyReused,
    NothingApplied,
    OutcomeUnknown,
    ReducerFailed,
    ReplayFailed,
    RequestError,
    StorageUnreachable,
    StreamDeleted,
    StreamNotFound,
    Throttled,
    TooLarge,
    Unavailable,
    VersionMismatch,
)
from roundtrip.redux.outcome import outcomes_of
from roundtrip.storage.receipts import read_outcomes
from roundtrip.storage.records import DELETED_TEXT, Checkpoint, Committed, Moved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.effects import Effects
    from roundtrip.engine.history import History
    from roundtrip.engine.messages import Answer, Count, IdempotencyKey
    from roundtrip.engine.parts import Parts
    from roundtrip.redux.reducer import Reducer
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Append, Appended, Head, Receipt, Stream

# After two lost attempts there are probably many writers; a pause lets them finish.
_CONFLICTS_WITHOUT_PAUSE: Final = 2

_T = TypeVar("_T")


class _Found(NamedTuple):
    head: Head | None
    # True if the head was read from the storage, False if it is cached or assumed.
    verified: bool
    # Set if its events cannot be replayed, so that the head is as another revision saved it.
    failure: ReplayFailed | None = None


class Dispatcher:
    """Applies actions to streams.

    An acknowledged action is in the log exactly once, in the order of acknowledgement, and the
    state is the fold of the log. Only the cache is kept between requests; it saves reads and never
    changes a result.

    Parameters
    ----------
    history
        Reads heads and rebuilds those of another revision.
    count
        Called with each metric.
    """

    def __init__(
        self,
        *,
        stores: Mapping[str, Store],
        storage: Storage,
        history: History,
        parts: Parts,
        cache: HeadCache,
        effects: Effects,
        count: Callable[[Count, int], None],
    ) -> None:
        self._stores = stores
        self._storage = storage
        self._history = history
        self._parts = parts
        self._cache = cache
        self._effects = effects
        self._count = count

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
        found = self._find(store, request, retries)
        while True:
            try:
                append, reduced = self._prepare(store, found, request)
                result = self._append(append, retries)
            except Stale:
                self._cache.contend(request.stream)
                found = self._read(store, request.stream, retries)
                retries.again(Busy(request.stream.label), pause=retries.attempts > 1)
                continue
            except (RequestError, ReplayFailed) as refusal:
                if not found.verified:
                    self._cache.contend(request.stream)
                    found = self._read(store, request.stream, retries)
                    continue
                if receipt := self._receipt(request.stream, request.key, retries):
                    # The first request may have committed after the head was read.
                    found = self._read(store, request.stream, retries)
                    return self._replay(store, request, receipt, found, retries)
                self._count_refusal(refusal)
                raise
            if isinstance(result, Committed):
                return self._committed(append, reduced, request)
            self._cache.contend(request.stream)
            if isinstance(result, Moved):
                found = self._moved(store, result, append, request, retries)
                continue
            if result.head:
                found = self._found(store, result.head, retries)
            return self._replay(store, request, result.receipt, found, retries)

    def repeated(
        self,
        stream: Stream,
        key: IdempotencyKey,
        *,
        deadline_s: float,
        answer: Answer | None = "state",
        since: int | None = None,
    ) -> Dispatched | None:
        """Return the recorded result of a request with this key, without checking its actions.

        For a repeated request that was valid when it was applied but is invalid today.

        Parameters
        ----------
        key
            Key of the request.
        deadline_s, answer, since
            As in `Dispatch`.

        Returns
        -------
        Dispatched or None
            The first outcomes with the current state; ``None`` if the key has no receipt, or one
            that has expired.

        Raises
        ------
        KeyReused
            If the receipt belongs to a different request.
        Throttled, OutcomeUnknown
            If time ran out.
        """
        retries = Retries(self._effects, deadline_s)
        receipt = self._receipt(stream, key, retries)
        if receipt is None:
            return None
        store = self._stores[stream.store]
        found = self._read(store, stream, retries)
        request = Dispatch(stream, (), deadline_s, key=key, answer=answer, since=since)
        return self._replay(store, request, receipt, found, retries)

    def _find(self, store: Store, request: Dispatch, retries: Retries) -> _Found:
        if request.likely_new:
            return _Found(None, verified=False)
        head = self._cache.trusted(request.stream)
        if head is not None and head.revision == store.reducer.revision:
            self._count("CacheHits", 1)
            return _Found(head, verified=False)
        return self._read(store, request.stream, retries)

    def _found(self, store: Store, head: Head, retries: Retries) -> _Found:
        if head.revision == store.reducer.revision:
            return _Found(head, verified=True)
        return self._read(store, head.stream, retries)

    def _read(self, store: Store, stream: Stream, retries: Retries) -> _Found:
        def read() -> Head | None:
            return self._history.head(store, stream, deadline_s=retries.deadline_s)

        try:
            return _Found(self._retrying(read, retries), verified=True)
        except ReplayFailed as failure:
            head = self._retrying(lambda: self._storage.load(stream), retries)
            return _Found(head, verified=True, failure=failure)

    def _receipt(
        self, stream: Stream, key: IdempotencyKey | None, retries: Retries
    ) -> Receipt | None:
        if key is None:
            return None
        receipt = self._retrying(lambda: self._storage.receipt(stream, key.receipt), retries)
        if receipt is None or receipt.expired(self._effects.now().timestamp()):
            return None
        return receipt

    def _prepare(self, store: Store, found: _Found, request: Dispatch) -> tuple[Append, Reduced]:
        head = found.head
        _check_preconditions(head, request)
        now = self._effects.now()
        recorded_at = timestamp(now)
        if found.failure is not None:
            saved = head and self._saved(head)
            batch = _delete(store.reducer, saved, request, found.failure, recorded_at=recorded_at)
        elif head is None or head.manifest_text is None:
            batch = reduce_inline(store.reducer, head, request, recorded_at=recorded_at)
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

    def _saved(self, head: Head) -> Head:
        """Return a head with its whole state, of whichever revision, as if it was in no parts."""
        whole, snapshot = self._parts.whole(head, again=lambda: self._storage.load(head.stream))
        if whole.version != head.version:
            raise Stale
        if snapshot is None:
            return whole
        return whole._replace(manifest_text=None, left=self._parts.stored(whole))

    def _append(self, append: Append, retries: Retries) -> Appended:
        # After an attempt that may have succeeded, only the same append is sent again. Its place
        # in the log is then taken by it or by another append, and the response says by which.
        return self._retrying(lambda: self._storage.append(append), retries)

    def _retrying(self, call: Callable[[], _T], retries: Retries) -> _T:
        unknown: OutcomeUnknown | None = None
        reason: Unavailable
        while True:
            try:
                return call()
            except OutcomeUnknown as error:
                reason = unknown = error
            except Throttled as error:
                reason = unknown or error
            except StorageUnreachable:
                # This attempt did nothing, but an earlier one may have succeeded.
                if unknown is None:
                    raise
                reason = unknown
            self._count("Retries", 1)
            retries.again(reason, pause=True)

    def _moved(
        self,
        store: Store,
        moved: Moved,
        append: Append,
        request: Dispatch,
        retries: Retries,
    ) -> _Found:
        self._count("Conflicts", 1)
        found = (
            self._found(store, moved.head, retries)
            if moved.head
            else self._read(store, request.stream, retries)
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
        return Dispatched(
            head=head,
            outcomes=outcomes_of(batch.rejections, append.commit.first_version),
            created=append.expected_version == 0,
            replayed=False,
            answer=batch.answer,
            changes=batch.changes,
            snapshot=batch.snapshot,
        )

    def _replay(
        self,
        store: Store,
        request: Dispatch,
        receipt: Receipt,
        found: _Found,
        retries: Retries,
    ) -> Dispatched:
        # If its events cannot be replayed, the state is the last one that was saved.
        head, key = found.head, request.key
        if key is None or receipt.fingerprint != key.fingerprint:
            raise KeyReused(receipt.stream.label, receipt.key.partition("#")[2])
        if head is None:
            raise CorruptItem(f"{receipt.stream.label}: found a receipt but no head.")
        self._count("Replays", 1)
        since = receipt.first_version - 1 if request.since is None else request.since
        head, answer, changes = self._history.told(
            store, head, request.answer, since, deadline_s=retries.deadline_s
        )
        return Dispatched(
            head=head,
            outcomes=read_outcomes(receipt.outcomes_text),
            created=receipt.first_version == 1,
            replayed=True,
            answer=answer,
            changes=changes,
        )

    def _count_refusal(self, refusal: RequestError | ReplayFailed) -> None:
        if isinstance(refusal, NothingApplied):
            self._count("Rejections", sum(1 for one in refusal.rejections if one))
        elif isinstance(refusal, ReducerFailed):
            self._count("ReducerFailures", 1)


def _delete(
    reducer: Reducer,
    head: Head | None,
    request: Dispatch,
    failure: ReplayFailed,
    *,
    recorded_at: str,
) -> Reduced:
    """Reduce actions that delete a stream whose state is unknown.

    Its rules cannot be asked, and the reducer gets the last state that was saved. Nothing but a
    deletion is accepted.
    """
    try:
        batch = reduce_inline(replace(reducer, rules={}), head, request, recorded_at=recorded_at)
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
