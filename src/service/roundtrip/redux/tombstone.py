"""The state of a stream that has ended."""

from __future__ import annotations

from typing import Any, Final

DELETED: Final[dict[str, Any]] = {"$deleted": True}
"""What a reducer returns to end its stream: reads answer 410 from then on.

The events stay. The dollar sign keeps it apart from any field of a model.
"""


def is_deleted(state: Any) -> bool:
    """Tell whether this state ends its stream.

    Examples
    --------
    >>> is_deleted(DELETED), is_deleted({"status": "draft"})
    (True, False)
    """
    # 1 == True, but the text of the one is not the text of the other.
    return isinstance(state, dict) and len(state) == 1 and state.get("$deleted") is True
