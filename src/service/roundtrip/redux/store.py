"""Stores: the named root reducers of an application."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from roundtrip.errors import ConfigurationError, ReducerFailed
from roundtrip.redux.evolution import Evolution, as_names
from roundtrip.redux.reducer import Reducer, SliceFunction, probe
from roundtrip.redux.rule import Rule, as_rules
from roundtrip.redux.slice import Slice, as_reducer, is_name

if TYPE_CHECKING:
    from roundtrip.redux.action import Action
    from roundtrip.redux.upcaster import Upcaster

# A revision is part of an item's key; that of many slices would be long.
_SHORT: Final = re.compile(r"[A-Za-z0-9:,._-]{1,32}")


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
    rules
        Rules of every action, as in `case`; their state is that of the whole store, so that they
        can compare slices. They run before the rules of slices.
    upcasters
        The result of `upcast` for each action type of an earlier release that has another form
        today.
    retired
        Slices, and action types, of earlier releases that are gone. Their events fold to nothing,
        and states have no key for them.

    Attributes
    ----------
    reducer
        The root reducer with the rules and the revision of the store.

    Raises
    ------
    ConfigurationError
        On an invalid name or declaration, or a reducer that fails its probe.

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
    rules: Iterable[Rule] = ()
    upcasters: Mapping[str, Upcaster] = field(default_factory=dict)
    retired: Iterable[str] = ()
    reducer: Reducer = field(init=False, repr=False, compare=False)
    _evolution: Evolution = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ConfigurationError(
                f"store: expected a camelCase name of letters and digits; received {self.name!r}."
            )
        what = f"store {self.name}"
        if self.access not in ("private", "shared"):
            raise ConfigurationError(
                f"{what}: expected access private or shared; received {self.access!r}."
            )
        root = as_reducer(what, self.root)
        probe(what, root)
        _check_foreign(what, root)
        # Kept as tuples, because an iterator could be read only once.
        self._set("rules", as_rules(what, self.rules))
        self._set("retired", as_names(what, self.retired))
        evolution = Evolution(what, root, self.upcasters, self.retired)
        self._set("_evolution", evolution)
        reducer = replace(
            root,
            function=root.function if self.collection is None else _objects_only(root.function),
            rules=_with_rules(root, self.rules),
            revision=_revision(root, evolution),
        )
        self._set("reducer", reducer)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def of_today(self, action: Action) -> Action | None:
        """Return an action of any release in the form that today's reducer handles.

        Returns
        -------
        Action or None
            ``None`` if it is retired or an upcaster drops it. Its type is not necessarily known.

        Raises
        ------
        UpcastFailed
            If an upcaster fails.
        """
        return self._evolution.of_today(action)


def _check_foreign(what: str, root: Reducer) -> None:
    if unknown := sorted(root.foreign - root.payloads.keys()):
        raise ConfigurationError(
            f"{what}: no slice has {', '.join(map(repr, unknown))}, which extra_reducers name; "
            f"the action types are {', '.join(root.payloads) or 'none'}."
        )


def _objects_only(function: Callable[[Any, Action], Any]) -> Callable[[Any, Action], Any]:
    if isinstance(function, SliceFunction):
        # Its states may still be stored in parts.
        return _ObjectsOnly(
            function.cases, function.matchers, holds_entities=function.holds_entities
        )
    return lambda state, action: _checked_object(function(state, action), action)


class _ObjectsOnly(SliceFunction):
    def __call__(self, state: Any, action: Action) -> Any:
        return _checked_object(super().__call__(state, action), action)


def _checked_object(result: Any, action: Action) -> Any:
    if result is not None and not isinstance(result, dict):
        raise ReducerFailed(
            action.type,
            f"expected an object, the state of a collection; received {result!r:.60}",
        )
    return result


def _with_rules(root: Reducer, rules: Iterable[Rule]) -> Mapping[str, tuple[Rule, ...]]:
    shared = tuple(rules)
    if not shared:
        return root.rules
    return MappingProxyType({kind: (*shared, *root.rules.get(kind, ())) for kind in root.payloads})


def _revision(root: Reducer, evolution: Evolution) -> str:
    digest = evolution.digest(root.initial_text())
    if _SHORT.fullmatch(root.revision):
        return f"{root.revision}.{digest}"
    return f"{hashlib.sha256(root.revision.encode()).hexdigest()[:32]}.{digest}"


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
