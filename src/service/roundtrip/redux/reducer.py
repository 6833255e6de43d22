"""A root reducer and what the edge, the store and replay must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import ConfigurationError, IntegrityError, NotJson, ReducerFailed, Rejected
from roundtrip.redux.action import Action
from roundtrip.redux.jsontext import decode, exact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INITIAL_ACTION: Final = Action("@@roundtrip/initialized")
UNKNOWN_ACTION: Final = Action("@@roundtrip/probedWithUnknownAction")


@dataclass(frozen=True)
class Reducer:
    """A pure function ``(state, action) -> state`` with its declarations.

    It is called like the function it wraps. A higher-order reducer is made with
    ``dataclasses.replace(reducer, function=...)``.

    Parameters
    ----------
    function
        ``(state, action) -> state``. Returns the same object when nothing changed, raises
        `Rejected` to refuse. Never ``None``: that is what a forgotten ``return`` gives.
    initial_state
        The state before the first event; any JSON value but ``None``.
    payloads
        Every action type it handles, with the model of its payload (``None``: it carries none).
        The core never looks into a model; the edge validates with it.
    revision
        Another text whenever the same events would be reduced to another state. Heads saved under
        another revision are rebuilt from their events.
    state
        The type of its states: a TypedDict, a pydantic model of their JSON, or any type pydantic
        can validate. ``None``: any JSON value. The core never looks into it; documents
        show it.
    """

    function: Callable[[Any, Action], Any]
    initial_state: Any
    payloads: Mapping[str, Any]
    revision: str = "1"
    state: Any = None

    def __call__(self, state: Any, action: Action) -> Any:
        """Reduce one action; see `reduce_one` for the checked form."""
        return self.function(state, action)

    def initial_text(self) -> str:
        """Give the initial state as JSON text, so that nobody can change it for the others."""
        return exact(self.initial_state)[0]


def reduce_one(reducer: Callable[[Any, Action], Any], state: Any, action: Action) -> Any:
    """Reduce one action and hold the reducer to its contract.

    Raises
    ------
    Rejected
        What the reducer raised to refuse the action.
    ReducerFailed
        When it raised anything else or returned ``None``; the cause is chained.

    Examples
    --------
    >>> reduce_one(lambda state, action: None, 0, Action("counter/increased"))
    Traceback (most recent call last):
    ...
    roundtrip.errors.ReducerFailed: The reducer failed on counter/increased: expected a state, \
received None (is a return missing?).
    """
    try:
        result = reducer(state, action)
    except (Rejected, ReducerFailed, IntegrityError):
        raise
    except Exception as error:
        raise ReducerFailed(action.type, f"it raised {type(error).__name__}") from error
    if result is None:
        raise ReducerFailed(action.type, "expected a state, received None (is a return missing?)")
    return result


def probe(name: str, reducer: Reducer) -> None:
    """Try a reducer as Redux's ``combineReducers`` does, so that a bad one fails at start.

    Raises
    ------
    ConfigurationError
        When the initial state is no JSON value, or the initial action or an unknown one raises,
        changes the state, or gives what is not JSON.
    """
    try:
        text = reducer.initial_text()
    except NotJson as error:
        raise ConfigurationError(f"{name}: the initial state is not JSON: {error}") from error
    if reducer.initial_state is None:
        raise ConfigurationError(
            f"{name}: expected an initial state, received None; use an empty object instead."
        )
    for action in (INITIAL_ACTION, UNKNOWN_ACTION):
        state = decode(text)
        try:
            result = reduce_one(reducer, state, action)
        except (Rejected, ReducerFailed) as error:
            raise ConfigurationError(
                f"{name}: a reducer must return its state unchanged for an action it does not "
                f"know; on {action.type} it failed: {error}"
            ) from error
        if result is not state or result != decode(text):
            raise ConfigurationError(
                f"{name}: a reducer must return the very state it was given for an action it does "
                f"not know; on {action.type} it returned another one."
            )
