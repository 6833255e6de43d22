"""Makes random payloads refer to values in the state.

A generated sku hardly ever occurs in the order. Some texts and numbers of a payload are therefore
replaced by values from the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW: Final = 8


def use_existing_values(payload: Any, state: Any, choices: Iterator[int]) -> Any:
    """Replace texts and numbers of a payload by values from the state.

    Parameters
    ----------
    payload, state
        JSON.
    choices
        For each text or number, in order: 0 keeps it, n takes the n-th candidate. Candidates are
        the values of members with the same name, then names of members, then all other values.
        Values without a choice are kept.

    Examples
    --------
    >>> order = {"currency": "EUR", "lines": [{"sku": "tea"}, {"sku": "cup"}]}
    >>> use_existing_values({"sku": "x", "note": "y"}, order, iter([2]))
    {'sku': 'cup', 'note': 'y'}
    """
    leaves = list(_leaves(state, ""))

    def replaced(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: replaced(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return [replaced(element, name) for element in value]
        if type(value) not in (str, int):
            return value
        choice = next(choices, 0)
        if choice == 0:
            return value
        found = _candidates(leaves, name, type(value))
        return found[(choice - 1) % len(found)] if found else value

    return replaced(payload, "")


def _leaves(value: Any, name: str) -> Iterator[tuple[str | None, Any]]:
    """Yield every text and number with its name, and the names themselves with no name."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield None, key
            yield from _leaves(member, key)
    elif isinstance(value, list):
        for element in value:
            yield from _leaves(element, name)
    else:
        yield name, value


def _candidates(leaves: list[tuple[str | None, Any]], name: str, kind: type) -> list[Any]:
    of_kind = [(known, value) for known, value in leaves if type(value) is kind]
    ranked = sorted(of_kind, key=lambda leaf: 0 if leaf[0] == name else 1 if leaf[0] is None else 2)
    return list(dict.fromkeys(value for _, value in ranked))[:_FEW]
