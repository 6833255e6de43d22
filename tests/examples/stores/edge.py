"""What an action has been through before a reducer gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.stores import STORES
from roundtrip.api.validation import ActionValidator
from roundtrip.errors import Rejected

if TYPE_CHECKING:
    from roundtrip.redux import Action, Store

_SCHEMAS: Final = ActionValidator(STORES)


def checked(store: Store, action: dict[str, Any]) -> Action:
    """Give what reducers get of an action: the edge refuses what no model allows."""
    (only,) = _SCHEMAS.actions(store, action)
    assert not isinstance(only, Rejected)
    return only
