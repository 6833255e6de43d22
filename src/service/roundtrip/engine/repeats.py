"""Answers a repeated request from its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.engine.messages import Dispatch, Dispatched
from roundtrip.engine.retries import Retries
from roundtrip.errors import CorruptItem, KeyReused
from roundtrip.storage.receipts import read_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.engine.effects import Effects
    from roundtrip.engine.finder import Finder, Found
    from roundtrip.engine.history import History
    from roundtrip.engine.messages import Answer, Count, IdempotencyKey
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Receipt, Stream


class Repeats:
    """Answers requests that were answered before.

    Parameters
    ----------
    count
        Called with each metric.
    """

    def __init__(
        self,
        *,
        stores: Mapping[str, Store],
        storage: Storage,
        history: History,
        finder: Finder,
        effects: Effects,
        count: Callable[[Count, int], None],
    ) -> None:
        self._stores = stores
        self._storage = storage
        self._history = history
        self._finder = finder
        self._effects = effects
        self._count = count

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
        receipt = self.receipt(stream, key, retries)
        if receipt is None:
            return None
        store = self._stores[stream.store]
        found = self._finder.read(store, stream, retries)
        request = Dispatch(stream, (), deadline_s, key=key, answer=answer, since=since)
        return self.answer(store, request, receipt, found, retries)

    def receipt(
        self, stream: Stream, key: IdempotencyKey | None, retries: Retries
    ) -> Receipt | None:
        """Return the receipt of a key, unless it has expired."""
        if key is None:
            return None
        receipt = retries.call(lambda: self._storage.receipt(stream, key.receipt), self._count)
        if receipt is None or receipt.expired(self._effects.now().timestamp()):
            return None
        return receipt

    def answer(
        self,
        store: Store,
        request: Dispatch,
        receipt: Receipt,
        found: Found,
        retries: Retries,
    ) -> Dispatched:
        """Return the first outcomes with the current state.

        Raises
        ------
        KeyReused
            If the receipt belongs to a different request.
        """
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
