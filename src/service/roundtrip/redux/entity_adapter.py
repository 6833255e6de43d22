"""A slice's entities by id, as Redux Toolkit keeps them."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action
from roundtrip.redux.entities import Entities, EntityState, Ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EntityId: TypeAlias = str | int
# https://tc39.es/ecma262/#array-index
_JAVASCRIPT_ELEMENTS: Final = 2**32 - 1

Entity: TypeAlias = dict[str, Any]
State: TypeAlias = dict[str, Any]


class Selectors(NamedTuple):
    """Functions that read the entities of a state.

    Attributes
    ----------
    select_ids, select_entities, select_total
        ``(state)``: the ids in order; the entities by id; their number.
    select_all
        ``(state)``: the entities, in the order of the adapter's ``sort_comparer``, else of the ids.
    select_by_id
        ``(state, id)``: an entity, or ``None``.
    """

    select_ids: Callable[[Any], list[EntityId]]
    select_entities: Callable[[Any], dict[str, Entity]]
    select_all: Callable[[Any], list[Entity]]
    select_total: Callable[[Any], int]
    select_by_id: Callable[[Any, EntityId], Entity | None]


class EntityAdapter:
    """Reads and changes a state ``{"ids": [...], "entities": {...}}``; see `create_entity_adapter`.

    Every function that changes is a case reducer ``(state, argument)``: it returns a new state, or
    the same object if nothing changed. In place of the argument it also takes an `Action`, and uses
    its payload. Keys of ``entities`` are the ids as strings.

    Attributes
    ----------
    select_id
        ``(entity)``: its id.
    sort_comparer
        ``(a, b)``: negative, zero or positive, or ``None``.
    """

    def __init__(
        self,
        select_id: Callable[[Any], Any],
        sort_comparer: Callable[[Any, Any], int] | None,
    ) -> None:
        self.select_id = select_id
        self.sort_comparer = sort_comparer

    def get_initial_state(
        self,
        additional_state: State | None = None,
        entities: Iterable[Entity] | dict[str, Entity] | None = None,
    ) -> State:
        """Return a state with other members, and with entities."""
        state: State = {"ids": [], "entities": {}, **(additional_state or {})}
        return EntityState(state if entities is None else self.set_all(state, entities))

    def add_one(self, state: State, entity: Entity | Action) -> State:
        """Add an entity unless its id exists."""
        return self._put(state, [_argument(entity)], replace=False)

    def add_many(
        self, state: State, entities: Iterable[Entity] | dict[str, Entity] | Action
    ) -> State:
        """Add the entities whose ids do not exist."""
        return self._put(state, _listed(entities), replace=False)

    def set_one(self, state: State, entity: Entity | Action) -> State:
        """Add or replace an entity."""
        return self._put(state, [_argument(entity)], replace=True)

    def set_many(
        self, state: State, entities: Iterable[Entity] | dict[str, Entity] | Action
    ) -> State:
        """Add or replace entities."""
        return self._put(state, _listed(entities), replace=True)

    def set_all(
        self, state: State, entities: Iterable[Entity] | dict[str, Entity] | Action
    ) -> State:
        """Replace all entities."""
        found = {str(self._id(entity)): entity for entity in _listed(entities)}
        return {**state, "ids": [self._id(each) for each in found.values()], "entities": found}

    def remove_one(self, state: State, entity_id: EntityId | Action) -> State:
        """Remove an entity if its id exists."""
        return self.remove_many(state, [_argument(entity_id)])

    def remove_many(self, state: State, entity_ids: Iterable[EntityId] | Action) -> State:
        """Remove the entities whose ids exist."""
        keys = dict.fromkeys(str(each) for each in _argument(entity_ids))
        entities, ids = _known(state, keys), state["ids"]
        gone = {key for key in keys if key in entities}
        if not gone:
            return state
        if isinstance(entities, Entities) and isinstance(ids, Ids):
            return {**state, "ids": ids.without(gone), "entities": entities.without(gone)}
        kept = {key: entity for key, entity in entities.items() if key not in gone}
        return {**state, "ids": [each for each in ids if str(each) not in gone], "entities": kept}

    def remove_all(self, state: State, _: Any = None) -> State:
        """Remove all entities."""
        return {**state, "ids": [], "entities": {}}

    def update_one(self, state: State, update: dict[str, Any] | Action) -> State:
        """Change members of an entity that exists: ``{"id": ..., "changes": {...}}``."""
        return self.update_many(state, [_argument(update)])

    def update_many(self, state: State, updates: Iterable[dict[str, Any]] | Action) -> State:
        """Change members of the entities that exist; a changed id moves an entity to the end."""
        return self._update(state, [(each["id"], each["changes"]) for each in _argument(updates)])

    def upsert_one(self, state: State, entity: Entity | Action) -> State:
        """Add an entity, or change the members that are given."""
        return self.upsert_many(state, [_argument(entity)])

    def upsert_many(
        self, state: State, entities: Iterable[Entity] | dict[str, Entity] | Action
    ) -> State:
        """Add entities, or change the members that are given."""
        given = _listed(entities)
        known = _known(state, [str(self._id(each)) for each in given])
        added: dict[str, Entity] = {}
        updates: list[tuple[EntityId, Entity]] = []
        for entity in given:
            entity_id = self._id(entity)
            if str(entity_id) in known or str(entity_id) in added:
                updates.append((entity_id, entity))
            else:
                added[str(entity_id)] = entity
        return self._update(self._put(state, list(added.values()), replace=False), updates)

    def get_selectors(self, select_state: Callable[[Any], State] | None = None) -> Selectors:
        """Return the selectors of states.

        Parameters
        ----------
        select_state
            Finds the adapter's state in the argument of the selectors; by default it is that.
        """

        def of(state: Any) -> State:
            return state if select_state is None else select_state(state)

        def select_all(state: Any) -> list[Entity]:
            found = of(state)
            entities = [found["entities"][str(each)] for each in found["ids"]]
            if self.sort_comparer is not None:
                entities.sort(key=cmp_to_key(self.sort_comparer))
            return entities

        return Selectors(
            select_ids=lambda state: of(state)["ids"],
            select_entities=lambda state: of(state)["entities"],
            select_all=select_all,
            select_total=lambda state: len(of(state)["ids"]),
            select_by_id=lambda state, entity_id: of(state)["entities"].get(str(entity_id)),
        )

    def _id(self, entity: Any) -> EntityId:
        found = self.select_id(entity)
        if isinstance(found, bool) or not isinstance(found, (str, int)):
            raise TypeError(
                f"expected the id of an entity, a string or integer; received {found!r}"
            )
        return found

    def _put(self, state: State, given: list[Entity], *, replace: bool) -> State:
        known = _known(state, [str(self._id(each)) for each in given])
        found: dict[str, Entity] = {}
        new: list[EntityId] = []
        for entity in given:
            key = str(entity_id := self._id(entity))
            if key not in known and key not in found:
                new.append(entity_id)
                found[key] = entity
            elif replace:
                found[key] = entity
        if not found:
            return state
        ids = state["ids"] + new if new else state["ids"]
        return {**state, "ids": ids, "entities": known | found}

    def _update(self, state: State, updates: list[tuple[EntityId, Any]]) -> State:
        known = _known(state, [str(entity_id) for entity_id, _ in updates])
        merged: dict[str, Entity] = {}
        for entity_id, changes in updates:
            if (key := str(entity_id)) in known:
                merged[key] = {**merged.get(key, {}), **changes}
        if not merged:
            return state
        found = {key: {**known[key], **changes} for key, changes in merged.items()}
        if any(str(self._id(entity)) != key for key, entity in found.items()):
            return self._renamed(state, dict(known), merged)
        return {**state, "entities": known | found}

    def _renamed(
        self, state: State, entities: dict[str, Entity], merged: dict[str, Entity]
    ) -> State:
        for key in _in_javascript_order(merged):
            if key in entities:
                updated = {**entities[key], **merged[key]}
                if (new_key := str(self._id(updated))) != key:
                    del entities[key]
                entities[new_key] = updated
        ids = [self._id(entities[key]) for key in _in_javascript_order(entities)]
        return {**state, "ids": ids, "entities": entities}


def create_entity_adapter(
    *,
    select_id: Callable[[Any], Any] | None = None,
    sort_comparer: Callable[[Any, Any], int] | None = None,
) -> EntityAdapter:
    """Create functions for a slice whose state holds entities by their ids.

    They do what those of Redux Toolkit do, https://redux-toolkit.js.org/api/createEntityAdapter,
    with one difference: ``sort_comparer`` orders ``select_all``, and never ``ids``, so that a
    changed entity moves no other one.

    Parameters
    ----------
    select_id
        ``(entity)``: its id, a string or an integer; by default its member ``id``.
    sort_comparer
        ``(a, b)``: negative, zero or positive.

    Raises
    ------
    ConfigurationError
        If one of them is not a function.

    Examples
    --------
    >>> books = create_entity_adapter()
    >>> state = books.add_one(books.get_initial_state(), {"id": "a", "title": "Emma"})
    >>> state = books.update_one(state, {"id": "a", "changes": {"title": "Persuasion"}})
    >>> state
    {'ids': ['a'], 'entities': {'a': {'id': 'a', 'title': 'Persuasion'}}}
    >>> books.get_selectors().select_all(state)
    [{'id': 'a', 'title': 'Persuasion'}]
    """
    for name, function in (("select_id", select_id), ("sort_comparer", sort_comparer)):
        if function is not None and not callable(function):
            raise ConfigurationError(f"{name}: expected a function; received {function!r}.")
    return EntityAdapter(select_id or _member_id, sort_comparer)


def _in_javascript_order(keys: Iterable[str]) -> list[str]:
    """Sort the names of an object's members as JavaScript does: those of arrays' elements first."""
    names = list(keys)
    # A longer number is not that of an element, and may have more digits than Python reads.
    short = [key for key in names if len(key) <= len(str(_JAVASCRIPT_ELEMENTS))]
    numbers = [key for key in short if key.isascii() and key.isdigit() and str(int(key)) == key]
    elements = sorted((key for key in numbers if int(key) < _JAVASCRIPT_ELEMENTS), key=int)
    if not elements:
        return names
    known = set(elements)
    return [*elements, *(key for key in names if key not in known)]


def _member_id(entity: Any) -> Any:
    return entity["id"]


def _argument(given: Any) -> Any:
    return given.payload if isinstance(given, Action) else given


def _listed(given: Any) -> list[Entity]:
    found = _argument(given)
    return list(found.values() if isinstance(found, dict) else found)


def _known(state: State, keys: Iterable[str]) -> Any:
    """Return the entities of a state, with those that are named loaded at once."""
    entities = state["entities"]
    if isinstance(entities, Entities):
        entities.ensure(keys)
    return entities
