"""A slice with created, updated and deleted, from one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Union

from roundtrip.errors import Rejected
from roundtrip.redux.merge import merge_patch
from roundtrip.redux.rule import Rule, unchanging
from roundtrip.redux.slice import Slice, case, create_slice
from roundtrip.redux.tombstone import DELETED, Deleted, Nothing, is_deleted
from roundtrip.redux.validity import must_stay_valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.action import Action


class Partial(NamedTuple):
    """A payload with any part of a model, at every depth: a JSON merge patch (RFC 7396).

    A case reducer applies it with `merge_patch`; if all fields of the model are plain values or
    lists, ``{**state, **action.payload}`` does the same.

    Parameters
    ----------
    model
        A pydantic model.
    entity
        Whether the state is an entity of the model, as in `create_crud_slice`: the changed entity
        is validated as a whole, and a PUT replaces it as a whole.
    key
        Name of a member that every change must have, such as the id of the changed entity.
    """

    model: Any
    entity: bool = False
    key: str | None = None


def create_crud_slice(
    name: str, model: Any, *, rules: Iterable[Rule] = (), revision: int = 1
) -> Slice:
    """Create a slice whose state is one entity, with ``created``, ``updated`` and ``deleted``.

    Parameters
    ----------
    name
        camelCase; prefix of the action types.
    model
        The pydantic model of the entity and payload of ``created``. The payload of ``updated`` has
        any part of it, at every depth; the changed entity must be valid for the model.
    rules
        Rules of all three actions, as in `create_slice`; they find the type in ``action.type``.
    revision
        Raise it when the same events reduce to a different state than before.

    Examples
    --------
    >>> class Contact: ...  # in an application a pydantic model
    >>> contacts = create_crud_slice("contacts", Contact)
    >>> ada = contacts.reducer({}, contacts.actions["created"]({"name": "Ada"}))
    >>> contacts.reducer(ada, contacts.actions["updated"]({"email": "ada@example.org"}))
    {'name': 'Ada', 'email': 'ada@example.org'}
    >>> contacts.reducer(ada, contacts.actions["deleted"]())
    {'$deleted': True}
    """
    return create_slice(
        name=name,
        initial_state={},
        reducers={
            "created": case(
                _created, payload=model, rules=[_must_not_exist, _must_not_be_reserved]
            ),
            "updated": case(
                _updated,
                payload=Partial(model, entity=True),
                rules=[_must_exist, _must_not_become_reserved, must_stay_valid(model)],
            ),
            "deleted": case(_deleted, rules=[_must_exist]),
        },
        rules=rules,
        state=Union[model, Nothing, Deleted],  # noqa: UP007 - the model may be any type
        revision=revision,
    )


def _created(state: dict[str, Any], action: Action) -> dict[str, Any]:
    # A deleted entity stays deleted, also where its stream goes on because it has other parts.
    return state if is_deleted(state) else dict(action.payload)


def _updated(state: dict[str, Any], action: Action) -> Any:
    return state if is_deleted(state) else merge_patch(state, action.payload)


def _deleted(_: dict[str, Any], __: Action) -> dict[str, Any]:
    return dict(DELETED)


@unchanging
def _must_not_exist(state: dict[str, Any], _: Action) -> None:
    _must_not_be_deleted(state)
    if state:
        raise Rejected("already-exists", "It already exists; update it instead.")


@unchanging
def _must_not_be_reserved(_: dict[str, Any], action: Action) -> None:
    _check_content(action.payload)


@unchanging
def _must_not_become_reserved(state: dict[str, Any], action: Action) -> None:
    _check_content(merge_patch(state, action.payload))


def _check_content(entity: Any) -> None:
    if is_deleted(entity):
        raise Rejected("reserved", "This content is reserved: it marks a deletion.")


@unchanging
def _must_exist(state: dict[str, Any], _: Action) -> None:
    _must_not_be_deleted(state)
    if not state:
        raise Rejected("not-created", "It does not exist yet; create it first.")


def _must_not_be_deleted(state: dict[str, Any]) -> None:
    if is_deleted(state):
        raise Rejected("deleted", "It was deleted; a deletion is final.")
