"""The states of a stream that is one entity, before it is created and after it has ended."""

from __future__ import annotations

from typing import Any, Final, Literal, final

# Those of typing itself are too little for pydantic, before Python 3.12, and cannot be closed.
from typing_extensions import TypedDict

Deleted = TypedDict("Deleted", {"$deleted": Literal[True]}, closed=True)
"""The type of `DELETED`: what a slice whose stream can end has among its states."""

DELETED: Final[Deleted] = {"$deleted": True}
"""What a reducer returns to end its stream: from then on it is gone for all but its history.

The events stay. The dollar sign keeps it apart from any field of a model.
"""


@final
class Nothing(TypedDict, closed=True):
    """An entity that is not created yet: the empty object."""


def is_deleted(state: Any) -> bool:
    """Tell whether this state ends its stream.

    Examples
    --------
    >>> is_deleted(DELETED), is_deleted({"status": "draft"})
    (True, False)
    """
    # 1 == True, but the text of the one is not the text of the other.
    return isinstance(state, dict) and len(state) == 1 and state.get("$deleted") is True
