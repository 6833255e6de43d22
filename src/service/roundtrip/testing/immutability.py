"""A store whose reducer is watched: it must not change what it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtrip.redux.jsontext import decode, encode
from roundtrip.testing.difference import difference

if TYPE_CHECKING:
    from roundtrip.redux.action import Action
    from roundtrip.redux.store import Store


class ChangedInPlace(AssertionError):
    """A reducer changed what it was given."""


def watched(store: Store) -> Store:
    """Give a store like this one whose reducer fails when it changes its state or action.

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
    inner = store.reducer

    def reduce(state: Any, action: Action) -> Any:
        state_text, action_text = encode(state), encode(action.to_json())
        try:
            return inner(state, action)
        finally:
            _check("state", action, state_text, state)
            _check("action", action, action_text, action.to_json())

    return replace(store, root=replace(inner, function=reduce))


def _check(what: str, action: Action, text: str, now: Any) -> None:
    if encode(now) != text:
        raise ChangedInPlace(
            f"The reducer changed the {what} it was given on {action.type}; it must return a new "
            f"state and leave the old one as it is, such as {{**state, ...}}.\n"
            f"{difference(decode(text), now)}"
        )
