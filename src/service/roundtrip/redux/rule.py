"""Rules: they decide whether an action may be applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from roundtrip.errors import ConfigurationError, ReducerFailed, Rejected, ValidatorFailed
from roundtrip.redux.action import Action

Rule: TypeAlias = Callable[[Any, Action], None]
"""``(state, action) -> None``; raises `Rejected` to refuse the action.

It runs when an action is dispatched, on the state before the action, and never on replay: an event
that was accepted is a fact. A rule may therefore change at any time.
"""

_UNCHANGING: Final = "_roundtrip_unchanging"


def check_rules(rules: Iterable[Rule], state: Any, action: Action) -> None:
    """Run rules in order.

    Raises
    ------
    Rejected
        If a rule refuses the action.
    ValidatorFailed
        If a rule asks a model, and one of its validators breaks.
    ReducerFailed
        If a rule raises this, or any other error, or returns something.

    Examples
    --------
    >>> def must_be_on(state, action):
    ...     if not state["on"]:
    ...         raise Rejected("off", "The lamp is off.")
    >>> check_rules([must_be_on], {"on": False}, Action("lamp/dimmed"))
    Traceback (most recent call last):
    ...
    roundtrip.errors.Rejected: The lamp is off.
    """
    for rule in rules:
        call: Callable[[Any, Action], Any] = rule
        try:
            # Nothing else checks what a function of the application returns.
            answer = call(state, action)
        except (Rejected, ReducerFailed, ValidatorFailed):
            raise
        except Exception as error:
            raise ReducerFailed(
                action.type, f"it raised {type(error).__name__}", what=f"The rule {name_of(rule)}"
            ) from error
        if answer is not None:
            raise ReducerFailed(
                action.type,
                f"expected it to return nothing, received {answer!r:.60}; a rule refuses by "
                "raising Rejected",
                what=f"The rule {name_of(rule)}",
            )


def as_rules(what: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules as a tuple.

    Parameters
    ----------
    what
        Their owner in error messages.

    Raises
    ------
    ConfigurationError
        If they are not functions.
    """
    if not isinstance(rules, Iterable):
        raise ConfigurationError(f"{what}: expected rules as a list; received {rules!r}.")
    found = tuple(rules)
    for rule in found:
        if not callable(rule):
            raise ConfigurationError(f"{what}: expected a rule, a function; received {rule!r}.")
    return found


def unchanging(rule: Rule) -> Rule:
    """Mark a rule of this package that never modifies its arguments, so that it needs no copies."""
    setattr(rule, _UNCHANGING, True)
    return rule


def is_unchanging(rule: Rule) -> bool:
    """Return whether a rule is marked by `unchanging`."""
    return getattr(rule, _UNCHANGING, False)


def name_of(rule: Rule) -> str:
    """Return the name of a rule for messages."""
    return getattr(rule, "__name__", None) or type(rule).__name__
