"""The parts of a running service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundtrip.errors import UnknownStore

if TYPE_CHECKING:
    from roundtrip.api.settings import Settings
    from roundtrip.api.validation import ActionValidator
    from roundtrip.engine.engine import Engine
    from roundtrip.redux.store import Store


@dataclass(frozen=True)
class Service:
    """The parts of a running service.

    Parameters
    ----------
    engine
        Writes, reads and lists streams.
    schemas
        The checks of payloads.
    settings
        Of the deployment.
    reserve_s
        What an attempt may take: none begins with less of the request's time left, in seconds.
    """

    engine: Engine
    schemas: ActionValidator
    settings: Settings
    reserve_s: float

    def store(self, name: str) -> Store:
        """Give a store by the name in a path.

        Raises
        ------
        UnknownStore
            When there is none.
        """
        store = self.engine.stores.get(name)
        if store is None:
            raise UnknownStore(name, list(self.engine.stores))
        return store
