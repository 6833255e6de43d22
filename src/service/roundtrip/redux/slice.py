"""Slices: a name, an initial state and the case reducers that change it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action
from roundtrip.redux.entities import EntityState
from roundtrip.redux.reducer import Reducer, SliceFunction, probe
from roundtrip.redux.rule import Rule, as_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
"""Name of a store, a slice or a case: camelCase, as in JavaScript."""


def is_name(value: object) -> bool:
    """Return whether a store, a slice or a case can have this name."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


class Case(NamedTuple):
    """A case reducer, the model of its payload, its rules, and what prepares its payload."""

    reducer: Callable[[Any, Action], Any]
    payload: Any = None
    rules: tuple[Rule, ...] = ()
    prepare: Callable[[Any], Any] | None = None


class Matcher(NamedTuple):
    """Chooses the actions of a case reducer; see `is_any_of` and `matches`."""

    matches: Callable[[Action], bool]


def matches(predicate: Callable[[Action], bool]) -> Matcher:
    """Return a key of ``extra_reducers`` for the actions for which a predicate is true."""
    if not callable(predicate):
        raise ConfigurationError(f"matches: expected a function; received {predicate!r}.")
    return Matcher(predicate)


def is_any_of(*kinds: str) -> Matcher:
    """Return a key of ``extra_reducers`` for actions of several types.

    Examples
    --------
    >>> is_any_of("cards/added", "cards/removed").matches(Action("cards/removed"))
    True
    """
    known = frozenset(kinds)
    if not known or not all(isinstance(kind, str) for kind in known):
        raise ConfigurationError(f"is_any_of: expected action types; received {kinds!r}.")
    return Matcher(lambda action: action.type in known)


def case(
    reducer: Callable[[Any, Action], Any],
    *,
    payload: Any = None,
    rules: Iterable[Rule] = (),
    prepare: Callable[[Any], Any] | None = None,
) -> Case:
    """Combine a case reducer with the model of its payload and its rules.

    Parameters
    ----------
    reducer
        ``(state, action) -> state``. It also replays events, so it should only compute the next
        state; whether an action is allowed is decided by rules.
    payload
        A pydantic model, or any type pydantic can validate. ``None``: the action has no payload.
    rules
        Functions ``(state, action)`` that raise `Rejected` to refuse the action. They run when it
        is dispatched, in this order, and never on replay.
    prepare
        ``(payload) -> payload``: called once for each action that is dispatched, with its validated
        payload. What it returns, such as the payload with an id or a time, is what rules and
        reducers see and what is logged. It may read clocks and random numbers; they may not.

    Raises
    ------
    ConfigurationError
        If `prepare` is not a function, or a rule is not.

    Examples
    --------
    >>> from roundtrip.errors import Rejected
    >>> def must_be_off(state, action):
    ...     if state["on"]:
    ...         raise Rejected("already-on", "The lamp is already on.")
    >>> switched_on = case(lambda state, action: {**state, "on": True}, rules=[must_be_off])
    """
    if prepare is not None and not callable(prepare):
        raise ConfigurationError(f"case: expected prepare as a function; received {prepare!r}.")
    return Case(reducer, payload, as_rules("case", rules), prepare)


class Slice(NamedTuple):
    """The result of `create_slice`.

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
    extra_reducers: Mapping[str | Matcher, Case | Callable[[Any, Action], Any]] | None = None,
    rules: Iterable[Rule] = (),
    state: Any = None,
    revision: int = 1,
) -> Slice:
    """Create a slice, as Redux Toolkit's ``createSlice`` does.

    Parameters
    ----------
    name
        camelCase; prefix of the action types.
    initial_state
        Any JSON value except ``None``.
    reducers
        Case reducers by the verb of their action: camelCase, past tense. A plain function handles
        an action without payload.
    extra_reducers
        Case reducers for actions of other slices, by full action type, or by a matcher of several
        (`is_any_of`, `matches`), which runs after the case reducer of the type. The other slice
        declares the payload. A `Store` refuses a type that no slice of it declares.
    rules
        Rules of every action that the slice handles, as in `case`; they run before those of the
        action.
    state
        The type of its states, for documents and the types of clients: a TypedDict, a
        pydantic model of their JSON, or any type pydantic can validate, such as
        ``Order | Nothing | Deleted``. ``None``: any JSON value. States are not checked against it.
    revision
        Raise it when the same events reduce to a different state than before.

    Raises
    ------
    ConfigurationError
        On an invalid name or an initial state that is not JSON.

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
                f"slice {name}: expected {what} as a mapping from verb or action type to case "
                f"reducer; received {given!r}."
            )
    own = {
        f"{name}/{verb}": _as_case(f"{name}/{verb}", reducer) for verb, reducer in reducers.items()
    }
    for verb in reducers:
        _check_name(f"case of slice {name}", verb)
    foreign, matchers = _extra(name, extra_reducers or {})
    if overlap := own.keys() & foreign.keys():
        raise ConfigurationError(
            f"slice {name}: {', '.join(sorted(overlap))} is in both reducers and extra_reducers; "
            "keep one of them."
        )
    cases = {kind: entry.reducer for kind, entry in (own | foreign).items()}
    shared = as_rules(f"slice {name}", rules)

    root = Reducer(
        function=SliceFunction(
            cases, matchers, holds_entities=isinstance(initial_state, EntityState)
        ),
        initial_state=initial_state,
        payloads=MappingProxyType({kind: entry.payload for kind, entry in own.items()}),
        revision=str(revision),
        state=state,
        rules=MappingProxyType(
            {
                kind: found
                for kind, entry in (own | foreign).items()
                if (found := (*shared, *as_rules(kind, entry.rules)))
            }
        ),
        foreign=frozenset(foreign),
        prepares=MappingProxyType(
            {kind: entry.prepare for kind, entry in own.items() if entry.prepare is not None}
        ),
    )
    probe(f"slice {name}", root)
    return Slice(
        name=name,
        reducer=root,
        actions=MappingProxyType({verb: _creator(f"{name}/{verb}") for verb in reducers}),
    )


def as_reducer(what: str, root: Slice | Reducer) -> Reducer:
    """Return the reducer of a slice, or the reducer itself.

    Raises
    ------
    ConfigurationError
        If it is neither.
    """
    if isinstance(root, Slice):
        return root.reducer
    if isinstance(root, Reducer):
        return root
    raise ConfigurationError(f"{what}: expected a slice or a Reducer, received {root!r}.")


def _extra(
    name: str, given: Mapping[Any, Case | Callable[[Any, Action], Any]]
) -> tuple[dict[str, Case], list[tuple[Callable[[Action], bool], Callable[[Any, Action], Any]]]]:
    foreign: dict[str, Case] = {}
    matchers = []
    for key, reducer in given.items():
        made = _as_case(str(key), reducer)
        if isinstance(key, Matcher):
            if made.rules or made.payload is not None or made.prepare is not None:
                raise ConfigurationError(
                    f"slice {name}: a matcher takes a case reducer without payload, rules or "
                    "prepare, which belong to one action type."
                )
            matchers.append((key.matches, made.reducer))
        elif made.prepare is not None:
            raise ConfigurationError(
                f"slice {name}: {key}: the slice that declares the payload prepares it."
            )
        else:
            foreign[key] = made
    return foreign, matchers


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
