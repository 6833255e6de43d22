"""Merging a change into a state at every depth."""

from __future__ import annotations

from typing import Any, Final

REMOVED: Final = {"$removed": True}
"""In a change: the member is removed. ``null`` is a value that a member can have."""

REPLACED: Final = "$replaced"
"""In a change: the only member, with the value that replaces the old one as a whole."""

MARKS: Final = frozenset({*REMOVED, REPLACED})
"""Names that no object in a change that a client sends may use."""


def merge_patch(state: Any, change: Any) -> Any:
    """Merge a change, as the payload of a `Partial` holds it, into a state.

    Objects are merged member by member at every depth, and all other values are replaced, as in a
    JSON merge patch (https://www.rfc-editor.org/rfc/rfc7396). A request removes a member with
    ``null``. The edge knows the model, so it stores what that means: ``null`` where the model
    allows it, the default of an optional field, or ``{"$removed": true}`` for a member that need
    not exist. The result is therefore the same whatever the model becomes.

    Parameters
    ----------
    state
        Any JSON value; it is not modified.
    change
        Any JSON value.

    Examples
    --------
    >>> order = {"price": {"cents": 1, "currency": "EUR"}, "tags": ["a", "b"], "labels": {"x": 1}}
    >>> merge_patch(order, {"price": {"cents": 2}, "tags": ["c"]})
    {'price': {'cents': 2, 'currency': 'EUR'}, 'tags': ['c'], 'labels': {'x': 1}}
    >>> merge_patch(order, {"price": None, "tags": [], "labels": {"x": {"$removed": True}}})
    {'price': None, 'tags': [], 'labels': {}}
    """
    if not isinstance(change, dict):
        return change
    if change.keys() == {REPLACED}:
        return change[REPLACED]
    merged = dict(state) if isinstance(state, dict) else {}
    for name, value in change.items():
        if is_removed(value):
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def is_removed(value: Any) -> bool:
    """Return whether a value in a change removes the member."""
    # `is True`, because 1 == True although their JSON texts differ.
    return isinstance(value, dict) and len(value) == 1 and value.get("$removed") is True
