"""The states of an entity before its creation and after its deletion."""

from __future__ import annotations

from typing import Any, Final, Literal, final

# pydantic cannot use typing.TypedDict before Python 3.12, and it cannot be closed.
from typing_extensions import TypedDict

Deleted = TypedDict("Deleted", {"$deleted": Literal[True]}, closed=True)
"""The type of `DELETED`, for the states of a slice whose stream can be deleted."""

DELETED: Final[Deleted] = {"$deleted": True}
"""The state that a reducer returns to delete its stream. The events remain readable.

The dollar sign distinguishes it from every field of a model.
"""


@final
class Nothing(TypedDict, closed=True):
    """The empty object: an entity that is not created yet."""


def is_deleted(state: Any) -> bool:
    """Return whether a state marks its stream as deleted.

    Examples
    --------
    >>> is_deleted(DELETED), is_deleted({"status": "draft"})
    (True, False)
    """
    # `is True`, because 1 == True although their JSON texts differ.
    return isinstance(state, dict) and len(state) == 1 and state.get("$deleted") is True
