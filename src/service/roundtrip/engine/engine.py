"""The engine: one application on one storage, as one container runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.engine.cache import HeadCache
from roundtrip.engine.dispatcher import Dispatcher
from roundtrip.engine.history import History
from roundtrip.redux.store import by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from roundtrip.engine.effects import Effects
    from roundtrip.engine.messages import Count
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage


def _uncounted(fact: Count, number: int) -> None:
    del fact, number


class Engine:
    """An application's streams: what writes them, what reads them, and the cache between.

    Two engines on one storage are what two Lambda containers are on one table.

    Parameters
    ----------
    stores
        The application.
    storage
        Where its streams are kept.
    effects
        Clocks, chance, ids.
    count
        Called for every fact worth a metric.

    Attributes
    ----------
    stores
        The application, by name of the store.
    storage, effects
        As given.
    dispatcher, history
        What writes and what reads.
    cache
        The heads this engine saw last.

    Raises
    ------
    ConfigurationError
        When two stores have one name.
    """

    def __init__(
        self,
        stores: Iterable[Store],
        storage: Storage,
        effects: Effects,
        *,
        count: Callable[[Count, int], None] = _uncounted,
    ) -> None:
        self.stores = by_name(stores)
        self.storage = storage
        self.effects = effects
        self.cache = HeadCache()
        self.history = History(storage, self.cache)
        self.dispatcher = Dispatcher(
            stores=self.stores,
            storage=storage,
            history=self.history,
            cache=self.cache,
            effects=effects,
            count=count,
        )
