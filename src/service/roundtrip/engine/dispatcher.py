"""Dispatch: load, reduce, commit, and retry while there is time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from roundtrip.engine.messages import Dispatched, IdempotencyKey
from roundtrip.engine.retries import Retries
from roundtrip.engine.transaction import build_append
from roundtrip.errors import (
    Conflict,
    CorruptItem,
    KeyReused,
    NothingApplied,
    OutcomeUnknown,
    ReducerFailed,
    RequestError,
    StreamDeleted,
    StreamNotFound,
    Throttled,
    VersionMismatch,
)
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.outcome import outcomes_of
from roundtrip.storage.receipts import read_outcomes
from roundtrip.storage.records import Committed, Moved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.engine.cache import HeadCache
    from roundtrip.engine.effects import Effects
    from roundtrip.engine.history import History
    from roundtrip.engine.messages import Count, Dispatch
    from roundtrip.errors import Unavailable
    from roundtrip.redux.batch import Batch
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
        cache: HeadCache,
        effects: Effects,
        count: Callable[[Count, int], None],
    ) -> None:
        self._stores = stores
        self._storage = storage
        self._history = history
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
        """
        self._count("Dispatches", 1)
        store = self._stores[request.stream.store]
        retries = Retries(self._effects, request.deadline_s)
        found = self._find(store, request, retries)
        while True:
            try:
                append, batch = self._prepare(store, found.head, request)
                result = self._append(append, retries)
            except RequestError as refusal:
                if not found.verified:
                    self._cache.contend(request.stream)
                    found = self._read(store, request.stream, retries)
                    continue
                if receipt := self._receipt(request, retries):
                    # The first request may have committed after the head was read.
                    head = self._read(store, request.stream, retries).head
                    return self._replay(request.stream, request.key, receipt, head)
                self._count_refusal(refusal)
                raise
            if isinstance(result, Committed):
                return self._committed(append, batch, request)
            self._cache.contend(request.stream)
            if isinstance(result, Moved):
                found = self._moved(store, result, append, request, retries)
                continue
            head = self._history.current(store, result.head) if result.head else found.head
            return self._replay(request.stream, request.key, result.receipt, head)

    def repeated(
        self, stream: Stream, key: IdempotencyKey, *, deadline_s: float
    ) -> Dispatched | None:
        """Return the recorded result of a request with this key, without checking its actions.

        For a repeated request that was valid when it was applied but is invalid today.

        Parameters
        ----------
        key
            Key of the request.
        deadline_s
            As in `Dispatch`.

        Returns
        -------
        Dispatched or None
            The first outcomes with the current state; ``None`` if the key has no receipt.

        Raises
        ------
        KeyReused
            If the receipt belongs to a different request.
        Throttled, OutcomeUnknown
            If time ran out.
        """
        retries = Retries(self._effects, deadline_s)
        receipt = self._retrying(lambda: self._storage.receipt(stream, key.key), retries)
        if receipt is None:
            return None
        head = self._read(self._stores[stream.store], stream, retries).head
        return self._replay(stream, key, receipt, head)

    def _find(self, store: Store, request: Dispatch, retries: Retries) -> _Found:
        if request.likely_new:
            return _Found(None, verified=False)
        head = self._cache.trusted(request.stream)
        if head is not None and head.revision == store.reducer.revision:
            self._count("CacheHits", 1)
            return _Found(head, verified=False)
        return self._read(store, request.stream, retries)

    def _read(self, store: Store, stream: Stream, retries: Retries) -> _Found:
        head = self._retrying(lambda: self._history.head(store, stream), retries)
        return _Found(head, verified=True)

    def _receipt(self, request: Dispatch, retries: Retries) -> Receipt | None:
        if request.key is None:
            return None
        key = request.key.key
        return self._retrying(lambda: self._storage.receipt(request.stream, key), retries)

    def _prepare(self, store: Store, head: Head | None, request: Dispatch) -> tuple[Append, Batch]:
        _check_preconditions(head, request)
        version = head.version if head else 0
        state_text = head.state_text if head else store.reducer.initial_text()
        batch = reduce_batch(store.reducer, state_text, request.actions)
        refused = any(batch.rejections)
        if not batch.applied_texts or (refused and request.atomic):
            raise NothingApplied(request.stream.label, version=version, rejections=batch.rejections)
        append = build_append(
            store, head, request, batch, now=self._effects.now(), token=self._effects.new_id()
        )
        return append, batch

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
            _Found(self._history.current(store, moved.head), verified=True)
            if moved.head
            else self._read(store, request.stream, retries)
        )
        stream, expected = request.stream.label, append.expected_version
        actual = found.head.version if found.head else 0
        self._count("Retries", 1)
        retries.again(
            Conflict(stream, expected=expected, actual=actual, attempts=retries.attempts),
            pause=retries.attempts > _CONFLICTS_WITHOUT_PAUSE,
        )
        return found

    def _committed(self, append: Append, batch: Batch, request: Dispatch) -> Dispatched:
        self._cache.store(append.head)
        applied = append.commit.count
        self._count("Actions", applied)
        if rejected := len(request.actions) - applied:
            self._count("Rejections", rejected)
        return Dispatched(
            head=append.head,
            outcomes=outcomes_of(batch.rejections, append.commit.first_version),
            created=append.expected_version == 0,
            replayed=False,
        )

    def _replay(
        self, stream: Stream, key: IdempotencyKey | None, receipt: Receipt, head: Head | None
    ) -> Dispatched:
        if key != IdempotencyKey(receipt.key, receipt.fingerprint):
            raise KeyReused(stream.label, receipt.key)
        if head is None:
            raise CorruptItem(f"{stream.label}: found a receipt but no head.")
        self._count("Replays", 1)
        return Dispatched(
            head=head,
            outcomes=read_outcomes(receipt.outcomes_text),
            created=receipt.first_version == 1,
            replayed=True,
        )

    def _count_refusal(self, refusal: RequestError) -> None:
        if isinstance(refusal, NothingApplied):
            self._count("Rejections", sum(1 for one in refusal.rejections if one))
        elif isinstance(refusal, ReducerFailed):
            self._count("ReducerFailures", 1)


def _check_preconditions(head: Head | None, request: Dispatch) -> None:
    stream, expected = request.stream.label, request.expected_version
    if head is not None and head.deleted:
        raise StreamDeleted(stream, version=head.version)
    actual = head.version if head else 0
    if head is None and request.must_exist:
        raise StreamNotFound(stream)
    met = actual > 0 if expected == "any" else expected in (None, actual)
    if expected is not None and not met:
        raise VersionMismatch(stream, expected=expected, actual=actual)
