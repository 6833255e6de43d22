"""Stores: the named root reducers of an application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action
from roundtrip.redux.reducer import Reducer, probe
from roundtrip.redux.slice import Slice, as_reducer, is_name

Upcaster: TypeAlias = Callable[[Action], Action]
"""Converts a stored action of an older form into one that the running reducer handles."""


@dataclass(frozen=True)
class Store:
    """A named root reducer.

    Parameters
    ----------
    name
        camelCase; part of the URL.
    root
        A slice, or the result of `combine_reducers`.
    access
        Who shares its streams when callers are authenticated: ``private`` (each caller has their
        own) or ``shared`` (all callers of one tenant).
    collection
        Name of the collection that serves its streams as resources, such as ``sales-orders``.
        `roundtrip.api.crud_contract` states the requirements.
    upcasters
        Functions that convert stored actions of older forms, by action type.

    Raises
    ------
    ConfigurationError
        On an invalid name, or a reducer that fails its probe.

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
        """The root reducer."""
        return as_reducer(f"store {self.name}", self.root)


def by_name(stores: Iterable[Store]) -> dict[str, Store]:
    """Index the stores of an application by name.

    Raises
    ------
    ConfigurationError
        If an element is not a store, or two stores have the same name.
    """
    index: dict[str, Store] = {}
    if not isinstance(stores, Iterable):
        raise ConfigurationError(f"stores: expected a list of Store, received {stores!r}.")
    for store in stores:
        if not isinstance(store, Store):
            raise ConfigurationError(
                f"stores: expected a Store, received {store!r}; wrap a slice as "
                'Store("name", slice).'
            )
        if store.name in index:
            raise ConfigurationError(f"store {store.name}: two stores have this name; rename one.")
        index[store.name] = store
    return index
