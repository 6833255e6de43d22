"""Stores: the named root reducers an application consists of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action
from roundtrip.redux.reducer import Reducer, probe
from roundtrip.redux.slice import NAME, Slice, as_reducer

Upcaster: TypeAlias = Callable[[Action], Action]
"""Turns a stored action of an older shape into one that the running reducer knows."""

_COLLECTION: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_TAKEN: Final = frozenset({"stores", "health", "openapi.json"})
CRUD_VERBS: Final = ("created", "updated", "deleted")


@dataclass(frozen=True)
class Store:
    """A named root reducer.

    Parameters
    ----------
    name
        camelCase; the ``{store}`` of the HTTP contract.
    root
        A slice, or what `combine_reducers` gave.
    access
        Who shares its streams when the API knows its callers: ``private`` (each caller has its
        own) or ``shared`` (everybody of the caller's tenant).
    collection
        Path of its CRUD face, such as ``sales-orders``. The root is then one slice with
        ``created``, ``updated`` and ``deleted``.
    upcasters
        By the type of a stored action, what makes it one of today.

    Raises
    ------
    ConfigurationError
        On a bad name, or a reducer that fails its probe.

    Examples
    --------
    >>> from roundtrip.redux import create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> Store("count", count).reducer.initial_state
    0
    """

    name: str
    root: Slice | Reducer
    access: Literal["private", "shared"] = "private"
    collection: str | None = None
    upcasters: Mapping[str, Upcaster] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"store: expected a camelCase name of letters and digits; received {self.name!r}."
            )
        if self.access not in ("private", "shared"):
            raise ConfigurationError(
                f"store {self.name}: expected access private or shared; received {self.access!r}."
            )
        as_reducer(f"store {self.name}", self.root)
        probe(f"store {self.name}", self.reducer)
        self._check_collection()

    @property
    def reducer(self) -> Reducer:
        """Its root reducer."""
        return as_reducer(f"store {self.name}", self.root)

    def crud_type(self, verb: str) -> str:
        """Give the action type of one of the three verbs of the CRUD face."""
        return f"{self.root.name if isinstance(self.root, Slice) else self.name}/{verb}"

    def _check_collection(self) -> None:
        if self.collection is None:
            return
        if not _COLLECTION.fullmatch(self.collection) or self.collection in _TAKEN:
            raise ConfigurationError(
                f"store {self.name}: expected a collection in kebab-case that is not one of "
                f"{', '.join(sorted(_TAKEN))}; received {self.collection!r}."
            )
        missing = [
            kind for kind in map(self.crud_type, CRUD_VERBS) if kind not in self.reducer.payloads
        ]
        if missing:
            raise ConfigurationError(
                f"store {self.name}: a collection needs the actions {', '.join(missing)}."
            )


def by_name(stores: Iterable[Store]) -> dict[str, Store]:
    """Index the stores of an application.

    Raises
    ------
    ConfigurationError
        When two have one name, or one collection.
    """
    index: dict[str, Store] = {}
    collections: set[str] = set()
    for store in stores:
        if store.name in index:
            raise ConfigurationError(f"store {store.name}: there are two of this name.")
        if store.collection in collections:
            raise ConfigurationError(
                f"store {store.name}: another one has the collection {store.collection} already."
            )
        index[store.name] = store
        if store.collection is not None:
            collections.add(store.collection)
    return index
