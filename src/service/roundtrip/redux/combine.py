"""Combining several reducers into one."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.errors import ConfigurationError, Rejected, UnknownSliceState
from roundtrip.redux.jsontext import decode
from roundtrip.redux.reducer import Reducer, ignores, probe, reduce_one
from roundtrip.redux.rule import is_unchanging, name_of, unchanging
from roundtrip.redux.slice import Slice, as_reducer
from roundtrip.redux.tombstone import is_deleted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.redux.action import Action
    from roundtrip.redux.rule import Rule

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class Combined(NamedTuple):
    """The type of a combined state: the type of each slice's state by its key."""

    parts: Mapping[str, Any]


def combine_reducers(reducers: Mapping[str, Slice | Reducer]) -> Reducer:
    """Combine reducers into one whose state has a key for each of them, as in Redux.

    A part whose slice returned `DELETED` stays ``{"$deleted": true}``: its actions are rejected as
    ``deleted``, and its reducer is not called any more. The other parts, and the stream, remain.

    If a state lacks a key, that slice starts with its initial state. A key without a slice is an
    error, because its state would silently be erased; a `Store` rebuilds its states from their
    events whenever its slices change, so that its states have no such key.

    Parameters
    ----------
    reducers
        Slices or reducers by their key in the state.

    Raises
    ------
    ConfigurationError
        If there are none, one fails its probe, two handle the same action type, or a key is not 1
        to 64 of ``A-Z a-z 0-9 _``, of which the first is a letter: it is part of paths.

    Examples
    --------
    >>> from roundtrip.redux import Action, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> app = combine_reducers({"count": count})
    >>> app({}, Action("count/increased"))
    {'count': 1}
    >>> app({"total": 7}, Action("count/increased"))
    Traceback (most recent call last):
    ...
    roundtrip.errors.UnknownSliceState: The state has 'total', but the slices are count; name a \
slice that is gone in retired=[...] of its store.
    """
    if not reducers:
        raise ConfigurationError("combine_reducers: expected at least one slice, received none.")
    for key in reducers:
        if not _KEY.fullmatch(str(key)):
            raise ConfigurationError(
                "combine_reducers: expected a key of at most 64 letters, digits and _, of which "
                f"the first is a letter; received {key!r}."
            )
    parts = {key: as_reducer(f"reducer {key}", reducer) for key, reducer in reducers.items()}
    for key, reducer in parts.items():
        probe(f"reducer {key}", reducer)
    payloads: dict[str, Any] = {}
    for key, reducer in parts.items():
        if twice := payloads.keys() & reducer.payloads.keys():
            raise ConfigurationError(
                f"reducer {key}: another reducer already handles {', '.join(sorted(twice))}; give "
                "the slices different names, or use extra_reducers."
            )
        payloads.update(reducer.payloads)
    initial_texts = {key: reducer.initial_text() for key, reducer in parts.items()}

    return Reducer(
        function=_combined(parts, initial_texts),
        initial_state={key: decode(text) for key, text in initial_texts.items()},
        payloads=MappingProxyType(payloads),
        revision=",".join(f"{key}:{parts[key].revision}" for key in sorted(parts)),
        state=Combined(MappingProxyType({key: part.state for key, part in parts.items()})),
        rules=_rules(parts, initial_texts),
        prepares=MappingProxyType(
            {kind: each for part in parts.values() for kind, each in part.prepares.items()}
        ),
        slices=MappingProxyType(parts),
        foreign=frozenset().union(*(part.foreign for part in parts.values())),
    )


def _combined(
    parts: Mapping[str, Reducer], initial_texts: Mapping[str, str]
) -> Callable[[Any, Action], Any]:
    def reduce(state: Any, action: Action) -> Any:
        if unknown := state.keys() - parts.keys():
            raise UnknownSliceState(sorted(unknown), list(parts))
        changed = {}
        for key, reducer in parts.items():
            if ignores(reducer, action) and key in state:
                continue
            before = state[key] if key in state else decode(initial_texts[key])
            after = before if is_deleted(before) else reduce_one(reducer, before, action)
            if after is not before or key not in state:
                changed[key] = after
        return state | changed if changed else state

    return reduce


def _rules(
    parts: Mapping[str, Reducer], initial_texts: Mapping[str, str]
) -> Mapping[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for key, part in parts.items():
        for kind in part.payloads:
            found[kind] = (*found.get(kind, ()), _not_deleted(key))
    for key, part in parts.items():
        for kind, rules in part.rules.items():
            lifted = tuple(_lifted(rule, key, initial_texts[key]) for rule in rules)
            found[kind] = (*found.get(kind, ()), *lifted)
    return MappingProxyType(found)


def _not_deleted(key: str) -> Rule:
    def must_not_be_deleted(state: Any, _: Action) -> None:
        if is_deleted(state.get(key)):
            raise Rejected("deleted", f"{key} was deleted; a deletion is final.")

    return unchanging(must_not_be_deleted)


def _lifted(rule: Rule, key: str, initial_text: str) -> Rule:
    def check(state: Any, action: Action) -> None:
        part = state[key] if key in state else decode(initial_text)
        # Only an action of another slice gets here: it does not concern the deleted part.
        return None if is_deleted(part) else rule(part, action)

    # A failure should name the rule of the application.
    check.__name__ = name_of(rule)
    return unchanging(check) if is_unchanging(rule) else check
