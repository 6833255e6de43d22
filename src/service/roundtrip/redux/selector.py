"""Functions that derive values from a state and remember the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


def create_selector(*functions: Callable[..., Any]) -> Callable[..., Any]:
    """Create a selector, as https://reselect.js.org does.

    It computes again only if one of its inputs is another object than at the last call, which it
    remembers.

    Parameters
    ----------
    functions
        Input selectors, called with the arguments of the selector, and at last the function of
        their results.

    Raises
    ------
    ConfigurationError
        If there are fewer than two, or one is not a function.

    Examples
    --------
    >>> select_open = create_selector(
    ...     lambda state: state["tasks"], lambda tasks: [task for task in tasks if not task["done"]]
    ... )
    >>> state = {"tasks": [{"done": False}, {"done": True}]}
    >>> select_open(state)
    [{'done': False}]
    >>> select_open(state) is select_open({**state, "title": "Today"})
    True
    """
    if len(functions) < _FEWEST or not all(map(callable, functions)):
        raise ConfigurationError(
            f"create_selector: expected input selectors and a function; received {functions!r}."
        )
    *inputs, combine = functions
    # One object, so that threads need no lock.
    last: tuple[tuple[Any, ...], Any] | None = None

    def select(*arguments: Any) -> Any:
        nonlocal last
        values = tuple(function(*arguments) for function in inputs)
        known = last
        if known is None or any(a is not b for a, b in zip(values, known[0], strict=True)):
            known = last = (values, combine(*values))
        return known[1]

    return select


_FEWEST = 2
