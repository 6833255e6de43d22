"""Converts actions and models to the JSON that clients send."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from roundtrip.redux.action import Action
from roundtrip.redux.crud import Partial

Sendable: TypeAlias = Action | Mapping[str, Any]
"""An action: the result of an action creator, or a JSON object."""


def json_text(value: Any) -> str:
    """Write a value as JSON text; pydantic writes models and other types, by alias.

    A value that is already JSON is written unchanged, even if the service will refuse it.
    """
    return jsonlib.dumps(value, default=_written)


def json_of(value: Any) -> Any:
    """Return a value as the receiver of `json_text` reads it."""
    return jsonlib.loads(json_text(value))


def document_of(action: Sendable, payloads: Mapping[str, Any]) -> dict[str, Any]:
    """Return an action as the JSON object that a client sends.

    Parameters
    ----------
    action
        Its payload and meta may contain models.
    payloads
        The declared payloads by action type; of a `Partial` model, only the set fields are sent.

    Examples
    --------
    >>> class Line(BaseModel):
    ...     sku: str
    ...     note: str = ""
    >>> document_of(Action("orders/lineChanged", Line(sku="a")), {"orders/lineChanged": Line})
    {'type': 'orders/lineChanged', 'payload': {'sku': 'a', 'note': ''}}
    >>> changed = {"orders/lineChanged": Partial(Line)}
    >>> document_of(Action("orders/lineChanged", Line(sku="a")), changed)
    {'type': 'orders/lineChanged', 'payload': {'sku': 'a'}}
    """
    if not isinstance(action, Action | Mapping):
        raise TypeError(
            f'expected an action, such as slice.actions["created"](payload) or '
            f'{{"type": "orders/created"}}; received {action!r}'
        )
    document = action.to_json() if isinstance(action, Action) else dict(action)
    payload, declared = document.get("payload"), payloads.get(str(document.get("type")))
    if isinstance(payload, BaseModel) and isinstance(declared, Partial):
        document["payload"] = payload.model_dump(
            mode="json", by_alias=True, round_trip=True, include=payload.model_fields_set
        )
    made: dict[str, Any] = json_of(document)
    return made


def _written(value: Any) -> Any:
    return to_jsonable_python(value, by_alias=True, round_trip=True)
