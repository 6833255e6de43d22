"""Slices: a name, an initial state and the case reducers that change it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action
from roundtrip.redux.reducer import Reducer, probe

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
"""What a store, a slice and a case are called: camelCase, as in JavaScript."""


def is_name(value: object) -> bool:
    """Tell whether a store, a slice or a case can be called this."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


@dataclass(frozen=True)
class Case:
    """A case reducer with the model of the payload it is given."""

    reducer: Callable[[Any, Action], Any]
    payload: Any = None


def case(reducer: Callable[[Any, Action], Any], *, payload: Any = None) -> Case:
    """Join a case reducer and the model of its payload.

    Parameters
    ----------
    reducer
        ``(state, action) -> state``.
    payload
        A pydantic model, or any type pydantic can validate. ``None``: the action carries none.
    """
    return Case(reducer, payload)


@dataclass(frozen=True)
class Slice:
    """What `create_slice` gives.

    Parameters
    ----------
    name
        The part of its action types before the ``/``.
    reducer
        Its reducer, for a `Store` or `combine_reducers`.
    actions
        An action creator for each case: ``slice.actions["created"](payload)``.
    """

    name: str
    reducer: Reducer
    actions: Mapping[str, Callable[..., Action]]


def create_slice(
    *,
    name: str,
    initial_state: Any,
    reducers: Mapping[str, Case | Callable[[Any, Action], Any]],
    extra_reducers: Mapping[str, Case | Callable[[Any, Action], Any]] | None = None,
    state: Any = None,
    revision: int = 1,
) -> Slice:
    """Make a slice, as Redux Toolkit's ``createSlice`` does.

    Parameters
    ----------
    name
        camelCase; prefixes the action types.
    initial_state
        Any JSON value but ``None``.
    reducers
        Case reducers by the verb of their action, camelCase and in the past tense. A plain
        function takes actions without payload.
    extra_reducers
        Case reducers for the actions of other slices, by full action type. Their payloads are
        declared where they belong.
    state
        The type of its states, for documents and the types of clients: a TypedDict, a
        pydantic model of their JSON, or any type pydantic can validate, such as
        ``Order | Nothing | Deleted``. ``None``: any JSON value. Nothing is checked by it.
    revision
        Raise it when the same events reduce to another state than before.

    Raises
    ------
    ConfigurationError
        On a bad name or an initial state that is not JSON.

    Examples
    --------
    >>> def switched(state, action):
    ...     return {**state, "on": action.payload}
    >>> lamp = create_slice(
    ...     name="lamp",
    ...     initial_state={"on": False},
    ...     reducers={"switched": case(switched, payload=bool)},
    ... )
    >>> lamp.reducer({"on": False}, lamp.actions["switched"](True))
    {'on': True}
    """
    _check_name("slice", name)
    for what, given in (("reducers", reducers), ("extra_reducers", extra_reducers or {})):
        if not isinstance(given, Mapping):
            raise ConfigurationError(
                f"slice {name}: expected {what} by the verb or type of their action, a mapping; "
                f"received {given!r}."
            )
    own = {
        f"{name}/{verb}": _as_case(f"{name}/{verb}", reducer) for verb, reducer in reducers.items()
    }
    for verb in reducers:
        _check_name(f"case of slice {name}", verb)
    foreign = {kind: _as_case(kind, reducer) for kind, reducer in (extra_reducers or {}).items()}
    if overlap := own.keys() & foreign.keys():
        raise ConfigurationError(
            f"slice {name}: {', '.join(sorted(overlap))} stands in reducers and extra_reducers."
        )
    cases = {kind: entry.reducer for kind, entry in (own | foreign).items()}

    def reduce(state: Any, action: Action) -> Any:
        reducer = cases.get(action.type)
        return state if reducer is None else reducer(state, action)

    root = Reducer(
        function=reduce,
        initial_state=initial_state,
        payloads=MappingProxyType({kind: entry.payload for kind, entry in own.items()}),
        revision=str(revision),
        state=state,
    )
    probe(f"slice {name}", root)
    return Slice(
        name=name,
        reducer=root,
        actions=MappingProxyType({verb: _creator(f"{name}/{verb}") for verb in reducers}),
    )


def as_reducer(what: str, root: Slice | Reducer) -> Reducer:
    """Give the reducer of a slice, or the reducer itself.

    Raises
    ------
    ConfigurationError
        When it is neither.
    """
    if isinstance(root, Slice):
        return root.reducer
    if isinstance(root, Reducer):
        return root
    raise ConfigurationError(f"{what}: expected a slice or a Reducer, received {root!r}.")


def _as_case(kind: str, reducer: Case | Callable[[Any, Action], Any]) -> Case:
    made = reducer if isinstance(reducer, Case) else Case(reducer)
    if not callable(made.reducer):
        raise ConfigurationError(f"{kind}: expected a case reducer, received {made.reducer!r}.")
    return made


def _creator(kind: str) -> Callable[..., Action]:
    def create(payload: Any = None, *, meta: Any = None) -> Action:
        return Action(kind, payload, meta)

    return create


def _check_name(what: str, name: str) -> None:
    if not is_name(name):
        raise ConfigurationError(
            f"{what}: expected a camelCase name of at most 64 letters and digits; "
            f"received {name!r}."
        )
