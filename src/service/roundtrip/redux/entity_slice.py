"""A slice of entities with created, replaced, updated and deleted, from one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

# As in `roundtrip.redux.tombstone`.
from typing_extensions import TypedDict

from roundtrip.errors import ConfigurationError, Rejected
from roundtrip.redux.crud import Partial
from roundtrip.redux.entity_adapter import create_entity_adapter
from roundtrip.redux.merge import merge_patch
from roundtrip.redux.rule import unchanging
from roundtrip.redux.slice import Slice, case, create_slice
from roundtrip.redux.validity import must_stay_valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.action import Action
    from roundtrip.redux.rule import Rule

ABSENT: Final = "entity-not-found"
"""Code of the rejection of an action on an entity that the slice does not have."""

_ADAPTER: Final = create_entity_adapter()


def create_entity_slice(
    name: str, model: Any, *, rules: Iterable[Rule] = (), revision: int = 1
) -> Slice:
    """Create a slice that holds entities of a model by their ids.

    Its state is ``{"ids": [...], "entities": {...}}``, as `create_entity_adapter` makes it. Its
    actions are ``created`` and ``replaced`` with an entity as payload, ``updated`` with the id and
    any other part of an entity, at every depth, and ``deleted`` with the id: ``{"id": ...}``. The
    changed entity must be valid for the model.

    Parameters
    ----------
    name
        camelCase; prefix of the action types.
    model
        The pydantic model of an entity; it has the field ``id``, a string.
    rules
        Rules of all four actions, as in `create_slice`; their state is that of the slice.
    revision
        Raise it when the same events reduce to a different state than before.

    Raises
    ------
    ConfigurationError
        If the model is a pydantic model without a field ``id``.

    Examples
    --------
    >>> class Card: ...  # in an application a pydantic model
    >>> cards = create_entity_slice("cards", Card)
    >>> state = cards.reducer(
    ...     cards.reducer.initial_state, cards.actions["created"]({"id": "a", "title": "Emma"})
    ... )
    >>> cards.reducer(state, cards.actions["updated"]({"id": "a", "title": "Persuasion"}))
    {'ids': ['a'], 'entities': {'a': {'id': 'a', 'title': 'Persuasion'}}}
    """
    if "id" not in getattr(model, "model_fields", {"id": None}):
        raise ConfigurationError(
            f"slice {name}: expected a model with the field id, a string; {model.__name__} has "
            f"{', '.join(model.model_fields) or 'no fields'}."
        )
    title = f"{name[:1].upper()}{name[1:]}"
    id_only: Any = TypedDict(f"{title}Id", {"id": str}, closed=True)  # type: ignore[misc]
    state: Any = TypedDict(  # type: ignore[misc]
        f"{title}Entities",
        {"ids": list[str], "entities": dict[str, model]},
        closed=True,
    )
    return create_slice(
        name=name,
        initial_state=_ADAPTER.get_initial_state(),
        reducers={
            "created": case(_ADAPTER.add_one, payload=model, rules=[_must_not_exist]),
            "replaced": case(_ADAPTER.set_one, payload=model, rules=[_must_exist]),
            "updated": case(
                _updated,
                payload=Partial(model, entity=True, key="id"),
                rules=[_must_exist, _must_stay_valid(model)],
            ),
            "deleted": case(_deleted, payload=id_only, rules=[_must_exist]),
        },
        rules=rules,
        state=state,
        revision=revision,
    )


def _updated(state: dict[str, Any], action: Action) -> Any:
    entity = state["entities"].get(action.payload["id"])
    if entity is None:
        return state
    return _ADAPTER.set_one(state, merge_patch(entity, action.payload))


def _deleted(state: dict[str, Any], action: Action) -> Any:
    return _ADAPTER.remove_one(state, action.payload["id"])


@unchanging
def _must_not_exist(state: dict[str, Any], action: Action) -> None:
    if action.payload["id"] in state["entities"]:
        raise Rejected("already-exists", "It already exists; update it instead.")


@unchanging
def _must_exist(state: dict[str, Any], action: Action) -> None:
    if action.payload["id"] not in state["entities"]:
        raise Rejected(ABSENT, "It does not exist; create it first.")


def _must_stay_valid(model: Any) -> Rule:
    valid = must_stay_valid(model)

    def must_be_valid(state: dict[str, Any], action: Action) -> None:
        valid(state["entities"][action.payload["id"]], action)

    return unchanging(must_be_valid)
