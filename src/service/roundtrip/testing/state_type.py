"""Checks a state against the type that its slice declares."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from roundtrip.redux.combine import Combined
from roundtrip.redux.jsontext import encode


def state_fault(declared: Any, state: Any) -> str | None:
    """Return why a state does not have its declared type; ``None`` if it does.

    Parameters
    ----------
    declared
        As in `create_slice` or `combine_reducers`; ``None``: any state.
    state
        JSON.

    Examples
    --------
    >>> state_fault(list[int], [1, 2]) is None
    True
    >>> print(state_fault(list[int], [1, "2"]))
    /1: Input should be a valid integer
    """
    if declared is None:
        return None
    if isinstance(declared, Combined):
        if state.keys() != declared.parts.keys():
            return f"expected the keys {', '.join(declared.parts)}; received {', '.join(state)}"
        faults = ((key, state_fault(part, state[key])) for key, part in declared.parts.items())
        return next(
            (
                f"/{key}{'' if fault.startswith('/') else ': '}{fault}"
                for key, fault in faults
                if fault
            ),
            None,
        )
    try:
        _adapter(declared).validate_json(encode(state), strict=True)
    except ValidationError as error:
        return "\n".join(
            "".join(f"/{part}" for part in fault["loc"]) + f": {fault['msg']}"
            for fault in error.errors(include_url=False, include_context=False)
        )
    return None


@cache
def _adapter(declared: Any) -> TypeAdapter[Any]:
    return TypeAdapter(declared)
