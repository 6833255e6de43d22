"""A slice with created, updated and deleted, from one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from roundtrip.errors import Rejected
from roundtrip.redux.slice import Slice, case, create_slice
from roundtrip.redux.tombstone import DELETED, Deleted, Nothing, is_deleted

if TYPE_CHECKING:
    from roundtrip.redux.action import Action


@dataclass(frozen=True)
class Partial:
    """A payload with any subset of a model's fields."""

    model: Any


def create_crud_slice(name: str, model: Any, *, revision: int = 1) -> Slice:
    """Create a slice whose state is one entity, with ``created``, ``updated`` and ``deleted``.

    Parameters
    ----------
    name
        camelCase; prefix of the action types.
    model
        The pydantic model of the entity and payload of ``created``. The payload of ``updated`` has
        any subset of its fields.
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
    >>> contacts.reducer({}, contacts.actions["deleted"]())
    Traceback (most recent call last):
    ...
    roundtrip.errors.Rejected: It does not exist yet; create it first.
    """
    return create_slice(
        name=name,
        initial_state={},
        reducers={
            "created": case(_created, payload=model),
            "updated": case(_updated, payload=Partial(model)),
            "deleted": _deleted,
        },
        state=Union[model, Nothing, Deleted],  # noqa: UP007 - the model may be any type
        revision=revision,
    )


def _created(state: dict[str, Any], action: Action) -> dict[str, Any]:
    if state:
        raise Rejected("already-exists", "It already exists; update it instead.")
    if is_deleted(action.payload):
        raise Rejected("reserved", "This content is reserved: it marks a deletion.")
    return dict(action.payload)


def _updated(state: dict[str, Any], action: Action) -> dict[str, Any]:
    _require(state)
    return {**state, **action.payload}


def _deleted(state: dict[str, Any], _: Action) -> dict[str, Any]:
    _require(state)
    return dict(DELETED)


def _require(state: dict[str, Any]) -> None:
    if not state:
        raise Rejected("not-created", "It does not exist yet; create it first.")
