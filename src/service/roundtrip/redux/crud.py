"""A slice with created, updated and deleted, from one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from roundtrip.errors import Rejected
from roundtrip.redux.slice import Slice, case, create_slice
from roundtrip.redux.tombstone import DELETED, Deleted, Nothing, is_deleted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.action import Action
    from roundtrip.redux.rule import Rule


@dataclass(frozen=True)
class Partial:
    """A payload with any subset of a model's fields."""

    model: Any


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
        any subset of its fields.
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
            "updated": case(_updated, payload=Partial(model), rules=[_must_exist]),
            "deleted": case(_deleted, rules=[_must_exist]),
        },
        rules=rules,
        state=Union[model, Nothing, Deleted],  # noqa: UP007 - the model may be any type
        revision=revision,
    )


def _created(_: dict[str, Any], action: Action) -> dict[str, Any]:
    return dict(action.payload)


def _updated(state: dict[str, Any], action: Action) -> dict[str, Any]:
    return {**state, **action.payload}


def _deleted(_: dict[str, Any], __: Action) -> dict[str, Any]:
    return dict(DELETED)


def _must_not_exist(state: dict[str, Any], _: Action) -> None:
    if state:
        raise Rejected("already-exists", "It already exists; update it instead.")


def _must_not_be_reserved(_: dict[str, Any], action: Action) -> None:
    if is_deleted(action.payload):
        raise Rejected("reserved", "This content is reserved: it marks a deletion.")


def _must_exist(state: dict[str, Any], _: Action) -> None:
    if not state:
        raise Rejected("not-created", "It does not exist yet; create it first.")
