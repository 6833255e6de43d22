"""``FilterCriteria``: which records a function is called with at all.

Event filtering as https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html has
it, as far as a template here needs it: a pattern is an object of the record's own shape whose
leaves are lists of the values that match. Its comparison operators are refused, not ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def check(pattern: Any) -> None:
    """Check that a pattern is one that `matches` understands.

    Raises
    ------
    ValueError
        It is not.
    """
    if not isinstance(pattern, dict) or not pattern:
        raise ValueError(f"expected an object with conditions; received {pattern!r}")
    for name, condition in pattern.items():
        if isinstance(condition, dict):
            check(condition)
        elif not isinstance(condition, list) or not condition:
            raise ValueError(f"{name}: expected a list of values; received {condition!r}")
        elif any(isinstance(value, (dict, list)) for value in condition):
            raise ValueError(f"{name}: comparison operators are not followed here: {condition!r}")


def matches(pattern: Mapping[str, Any], document: Any) -> bool:
    """Say whether a document fulfils every condition of a pattern.

    Parameters
    ----------
    pattern : Mapping
        As `check` accepts it.
    document : object
        A JSON value.
    """
    if not isinstance(document, dict):
        return False
    return all(
        matches(condition, document.get(name))
        if isinstance(condition, dict)
        else name in document and document[name] in condition
        for name, condition in pattern.items()
    )
