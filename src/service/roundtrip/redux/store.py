"""Stores: the named root reducers an application consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action
from roundtrip.redux.reducer import Reducer, probe
from roundtrip.redux.slice import Slice, as_reducer, is_name

Upcaster: TypeAlias = Callable[[Action], Action]
"""Turns a stored action of an older shape into one that the running reducer knows."""


@dataclass(frozen=True)
class Store:
    """A named root reducer.

    Parameters
    ----------
    name
        camelCase; what callers name it by.
    root
        A slice, or what `combine_reducers` gave.
    access
        Who shares its streams when the API knows its callers: ``private`` (each caller has its
        own) or ``shared`` (everybody of the caller's tenant).
    collection
        Name of the collection that shows its streams as resources, such as ``sales-orders``. What
        a name and a root must be like for that, the edge says: `roundtrip.api.crud_contract`.
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
        if not is_name(self.name):
            raise ConfigurationError(
                f"store: expected a camelCase name of letters and digits; received {self.name!r}."
            )
        if self.access not in ("private", "shared"):
            raise ConfigurationError(
                f"store {self.name}: expected access private or shared; received {self.access!r}."
            )
        as_reducer(f"store {self.name}", self.root)
        probe(f"store {self.name}", self.reducer)

    @property
    def reducer(self) -> Reducer:
        """Its root reducer."""
        return as_reducer(f"store {self.name}", self.root)


def by_name(stores: Iterable[Store]) -> dict[str, Store]:
    """Index the stores of an application.

    Raises
    ------
    ConfigurationError
        When it is no list of stores, or two have one name.
    """
    index: dict[str, Store] = {}
    if not isinstance(stores, Iterable):
        raise ConfigurationError(f"stores: expected a list of Store, received {stores!r}.")
    for store in stores:
        if not isinstance(store, Store):
            raise ConfigurationError(
                f"stores: expected a Store, received {store!r}; a slice becomes one by "
                'Store("name", slice).'
            )
        if store.name in index:
            raise ConfigurationError(f"store {store.name}: there are two of this name.")
        index[store.name] = store
    return index
