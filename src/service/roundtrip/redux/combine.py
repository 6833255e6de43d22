"""Combining several reducers into one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from roundtrip.errors import ConfigurationError, UnknownSliceState
from roundtrip.redux.jsontext import decode
from roundtrip.redux.reducer import Reducer, probe, reduce_one
from roundtrip.redux.slice import Slice, as_reducer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.redux.action import Action
    from roundtrip.redux.rule import Rule


@dataclass(frozen=True)
class Combined:
    """The type of a combined state: the type of each slice's state by its key."""

    parts: Mapping[str, Any]


def combine_reducers(reducers: Mapping[str, Slice | Reducer]) -> Reducer:
    """Combine reducers into one whose state has a key for each of them, as in Redux.

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
        If there are none, one fails its probe, or two handle the same action type.

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

    def reduce(state: Any, action: Action) -> Any:
        if unknown := state.keys() - parts.keys():
            raise UnknownSliceState(sorted(unknown), list(parts))
        changed = {}
        for key, reducer in parts.items():
            before = state[key] if key in state else decode(initial_texts[key])
            after = reduce_one(reducer, before, action)
            if after is not before or key not in state:
                changed[key] = after
        return {**state, **changed} if changed else state

    return Reducer(
        function=reduce,
        initial_state={key: decode(text) for key, text in initial_texts.items()},
        payloads=MappingProxyType(payloads),
        revision=",".join(f"{key}:{parts[key].revision}" for key in sorted(parts)),
        state=Combined(MappingProxyType({key: part.state for key, part in parts.items()})),
        rules=_rules(parts, initial_texts),
        foreign=frozenset().union(*(part.foreign for part in parts.values())),
    )


def _rules(
    parts: Mapping[str, Reducer], initial_texts: Mapping[str, str]
) -> Mapping[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for key, part in parts.items():
        for kind, rules in part.rules.items():
            lifted = tuple(_lifted(rule, key, initial_texts[key]) for rule in rules)
            found[kind] = (*found.get(kind, ()), *lifted)
    return MappingProxyType(found)


def _lifted(rule: Rule, key: str, initial_text: str) -> Rule:
    # A failure should name the rule of the application.
    @wraps(rule)
    def check(state: Any, action: Action) -> None:
        return rule(state[key] if key in state else decode(initial_text), action)

    return check
