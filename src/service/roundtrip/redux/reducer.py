"""A root reducer and its declarations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import ConfigurationError, IntegrityError, NotJson, ReducerFailed, Rejected
from roundtrip.limits import MAX_DIVIDED_BYTES, MAX_STATE_BYTES
from roundtrip.redux.action import Action
from roundtrip.redux.entities import settled_state
from roundtrip.redux.jsontext import decode, exact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from roundtrip.redux.rule import Rule

INITIAL_ACTION: Final = Action("@@roundtrip/initialized")
UNKNOWN_ACTION: Final = Action("@@roundtrip/probedWithUnknownAction")


@dataclass(frozen=True)
class Reducer:
    """A pure function ``(state, action) -> state`` with its declarations.

    It is called like the function it wraps. Write a higher-order reducer as
    ``dataclasses.replace(reducer, function=...)``.

    Parameters
    ----------
    function
        ``(state, action) -> state``. Returns the same object if nothing changed; raises `Rejected`
        to refuse. Must not return ``None``, the result of a forgotten ``return``.
    initial_state
        The state before the first event; any JSON value except ``None``.
    payloads
        Each action type it handles, with the model of its payload (``None``: no payload). The core
        ignores the models; the edge validates with them.
    revision
        Changes whenever the same events reduce to a different state. Heads saved under another
        revision are rebuilt from their events. That of ``Store(...).reducer`` also changes with
        what a store declares: its initial state, upcasters and retired names.
    state
        The type of its states: a TypedDict, a pydantic model of their JSON, or any type pydantic
        can validate. ``None``: any JSON value. Only documents show it.
    rules
        The rules of each action type, which run when an action is dispatched.
    foreign
        Action types that it handles and that others declare: the ``extra_reducers`` of its slices.
    prepares
        What prepares the payloads of an action type before it is dispatched.
    slices
        The reducers of the members of its state, if it combines some: they may be stored apart.
    """

    function: Callable[[Any, Action], Any]
    initial_state: Any
    payloads: Mapping[str, Any]
    revision: str = "1"
    state: Any = None
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()
    prepares: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    slices: Mapping[str, Reducer] | None = None

    def __call__(self, state: Any, action: Action) -> Any:
        """Reduce one action, without the checks of `reduce_one`."""
        return self.function(state, action)

    def initial_text(self) -> str:
        """Return the initial state as JSON text, which no caller can modify."""
        return exact(self.initial_state)[0]


class SliceFunction:
    """The function of a slice that no higher-order reducer wraps.

    Attributes
    ----------
    cases
        The case reducer of each action type.
    matchers
        Predicates with the case reducers of the actions that they choose, which run afterwards.
    holds_entities
        Whether its states hold entities, in which case ``ids`` and ``entities`` always agree.
    """

    def __init__(
        self,
        cases: Mapping[str, Callable[[Any, Action], Any]],
        matchers: Sequence[tuple[Callable[[Action], bool], Callable[[Any, Action], Any]]] = (),
        *,
        holds_entities: bool,
    ) -> None:
        self.cases = cases
        self.matchers = matchers
        self.holds_entities = holds_entities

    def __call__(self, state: Any, action: Action) -> Any:
        """Reduce one action."""
        reducer = self.cases.get(action.type)
        result = state if reducer is None else reducer(state, action)
        for matches, matched in self.matchers:
            # A forgotten return is reported as such.
            if result is not None and matches(action):
                result = matched(result, action)
        return settled_state(result) if self.holds_entities else result

    def ignores(self, action: Action) -> bool:
        """Return whether an action changes no state."""
        return action.type not in self.cases and not any(
            matches(action) for matches, _ in self.matchers
        )


def ignores(reducer: Reducer, action: Action) -> bool:
    """Return whether it is certain, without its state, that an action changes nothing."""
    function = reducer.function
    return isinstance(function, SliceFunction) and function.ignores(action)


def holds_entities(reducer: Reducer) -> bool:
    """Return whether the states of a reducer hold entities of an adapter."""
    return isinstance(reducer.function, SliceFunction) and reducer.function.holds_entities


def is_divisible(reducer: Reducer) -> bool:
    """Return whether the states of a reducer may be stored in parts."""
    return reducer.slices is not None or holds_entities(reducer)


def most_bytes(reducer: Reducer) -> int:
    """Return how large the states of a reducer may be, as JSON text."""
    return MAX_DIVIDED_BYTES if is_divisible(reducer) else MAX_STATE_BYTES


def reduce_one(reducer: Callable[[Any, Action], Any], state: Any, action: Action) -> Any:
    """Reduce one action, without its rules, and check the reducer's contract.

    Raises
    ------
    Rejected
        If the reducer refuses the action.
    ReducerFailed
        If it raises any other error or returns ``None``; the cause is chained.

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
    """Test a reducer as Redux's ``combineReducers`` does, so that a broken one fails at start.

    Raises
    ------
    ConfigurationError
        If the initial state is not JSON, or the reducer raises on the initial or an unknown action,
        changes the state, or returns a value that is not JSON.
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
                f"{name}: a reducer must return its state unchanged for an unknown action; "
                f"on {action.type} it failed: {error}"
            ) from error
        if result is not state or result != decode(text):
            raise ConfigurationError(
                f"{name}: a reducer must return the same state object for an unknown action; "
                f"on {action.type} it returned a different one."
            )
