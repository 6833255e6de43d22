"""Detects reducers that modify their arguments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.reducer import SliceFunction
from roundtrip.redux.slice import as_reducer
from roundtrip.redux.views import is_lazy
from roundtrip.testing.difference import difference

if TYPE_CHECKING:
    from roundtrip.redux.action import Action
    from roundtrip.redux.store import Store


class ChangedInPlace(AssertionError):
    """A reducer modified its state or action."""


def watched(store: Store) -> Store:
    """Return a copy of a store whose reducer fails if it modifies its state or action.

    What it does to a state in parts is not watched: that state gives the same result, which
    `roundtrip.redux.comparison` checks.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> def added(state, action):
    ...     state.append(action.payload)
    ...     return state
    >>> basket = create_slice(name="basket", initial_state=[], reducers={"added": added})
    >>> watched(Store("baskets", basket)).reducer([], basket.actions["added"]("tea"))
    Traceback (most recent call last):
    ...
    roundtrip.testing.immutability.ChangedInPlace: The reducer changed the state it was given on ...
    """
    inner = as_reducer(f"store {store.name}", store.root)

    def reduce(state: Any, action: Action) -> Any:
        if is_lazy(state):
            return inner(state, action)
        state_text, action_text = encode(state), encode(action.to_json())
        try:
            return inner(state, action)
        finally:
            _check("state", action, state_text, state)
            _check("action", action, action_text, action.to_json())

    function = inner.function
    if not isinstance(function, SliceFunction):
        return replace(store, root=replace(inner, function=reduce))

    def is_matched(action: Action) -> bool:
        return action.type not in function.cases and not function.ignores(action)

    around = SliceFunction(
        dict.fromkeys(function.cases, reduce),
        [(is_matched, reduce)],
        holds_entities=function.holds_entities,
    )
    return replace(store, root=replace(inner, function=around))


def _check(what: str, action: Action, text: str, now: Any) -> None:
    if encode(now) != text:
        raise ChangedInPlace(
            f"The reducer changed the {what} it was given on {action.type}; it must leave it "
            f"unchanged and return a new state, such as {{**state, ...}}.\n"
            f"{difference(decode(text), now)}"
        )
