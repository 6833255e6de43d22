"""What all requests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from roundtrip.errors import UnknownStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.api.settings import Settings
    from roundtrip.api.validation import ActionValidator
    from roundtrip.engine.engine import Engine
    from roundtrip.redux.store import Store
    from roundtrip.storage.sockets import SocketStorage


class Service(NamedTuple):
    """The parts of a running service.

    Parameters
    ----------
    engine
        Reads, writes and lists streams.
    validator
        Validates actions.
    reserve_s
        Seconds that one attempt may take; none starts with less of the request's time left.
    report
        Logs the traceback of an error, with what identifies the request.
    sockets
        Returns where the tickets of push are kept; ``None`` if nowhere.
    """

    engine: Engine
    validator: ActionValidator
    settings: Settings
    reserve_s: float
    report: Callable[[Exception, Mapping[str, Any]], None]
    sockets: Callable[[], SocketStorage] | None

    def store(self, name: str) -> Store:
        """Return a store by its name in a path.

        Raises
        ------
        UnknownStore
            If no store has this name.
        """
        store = self.engine.stores.get(name)
        if store is None:
            raise UnknownStore(name, list(self.engine.stores))
        return store
