"""The engine: one application on one storage, in one container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.engine.cache import HeadCache
from roundtrip.engine.dispatcher import Dispatcher
from roundtrip.engine.finder import Finder
from roundtrip.engine.history import History
from roundtrip.engine.partial import PartialReads
from roundtrip.engine.parts import Parts
from roundtrip.engine.repeats import Repeats
from roundtrip.redux.store import by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from roundtrip.engine.effects import Effects
    from roundtrip.engine.messages import Count, Dispatch
    from roundtrip.errors import Rejected
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage


def _uncounted(fact: Count, number: int) -> None:
    del fact, number


def _unrecorded(request: Dispatch, rejections: Sequence[Rejected | None]) -> None:
    del request, rejections


class Engine:
    """Reads and writes the streams of an application.

    Two engines on one storage behave like two Lambda containers on one table.

    Parameters
    ----------
    count
        Called with each metric.
    refused
        Called with each request of which actions were refused, and with the rejection of each
        action.

    Attributes
    ----------
    dispatcher, history
        Write and read streams.
    repeats
        Answers requests that were answered before.
    parts
        Loads the parts of states.
    partial
        Reads a part of a state.
    cache
        The heads that this engine used last.

    Raises
    ------
    ConfigurationError
        If two stores have the same name.
    """

    def __init__(
        self,
        stores: Iterable[Store],
        storage: Storage,
        effects: Effects,
        *,
        count: Callable[[Count, int], None] = _uncounted,
        refused: Callable[[Dispatch, Sequence[Rejected | None]], None] = _unrecorded,
    ) -> None:
        self.stores = by_name(stores)
        self.storage = storage
        self.effects = effects
        self.cache = HeadCache()
        self.parts = Parts(storage, self.cache, sleep_s=effects.sleep_s)
        self.history = History(
            storage, self.cache, self.parts, monotonic_s=effects.monotonic_s, count=count
        )
        self.partial = PartialReads(self.history, self.parts, self.cache)
        finder = Finder(storage, self.history, self.parts, self.cache, count=count)
        self.repeats = Repeats(
            stores=self.stores,
            storage=storage,
            history=self.history,
            finder=finder,
            effects=effects,
            count=count,
        )
        self.dispatcher = Dispatcher(
            stores=self.stores,
            storage=storage,
            finder=finder,
            repeats=self.repeats,
            parts=self.parts,
            cache=self.cache,
            effects=effects,
            count=count,
            refused=refused,
        )
