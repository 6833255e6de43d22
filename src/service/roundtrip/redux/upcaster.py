"""Upcasters: they convert actions of older forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action

Conversion: TypeAlias = Callable[[Action], Action | None]
"""Returns the action in its newer form, or ``None`` to drop it."""


class Upcaster(NamedTuple):
    """The result of `upcast`.

    Parameters
    ----------
    to
        The action types that it can return.
    function
        The conversion; ``None`` changes only the type.
    """

    to: tuple[str, ...]
    function: Conversion | None

    def __call__(self, action: Action) -> Action | None:
        """Convert an action.

        Raises
        ------
        TypeError
            If the function returns neither an action of one of the declared types nor ``None``.
        """
        converted = action if self.function is None else self.function(action)
        if converted is None:
            return None
        if not isinstance(converted, Action):
            raise TypeError(f"expected an Action or None, received {type(converted).__name__}")
        kind = self.to[0] if len(self.to) == 1 else converted.type
        if kind not in self.to:
            raise TypeError(f"expected one of {', '.join(self.to)}, received {kind}")
        # The function may have built a new action, which does not know who acted, when, and why.
        return replace(
            converted,
            type=kind,
            meta=_with_causes(converted.meta, action.meta),
            actor=action.actor,
            recorded_at=action.recorded_at,
        )


def _with_causes(meta: Any, old: Any) -> Any:
    # What stops loops of listeners relies on it.
    if not isinstance(old, dict) or "roundtrip" not in old:
        return meta
    return {**(meta if isinstance(meta, dict) else {}), "roundtrip": old["roundtrip"]}


def upcast(to: str | Iterable[str], function: Conversion | None = None) -> Upcaster:
    """Declare how actions of an older form become actions of today.

    Upcasters apply to stored events when they are replayed, and to incoming actions before they are
    validated, so that a client of an earlier release can still send what waits in its queue. The
    result of an upcaster may have an upcaster of its own.

    Parameters
    ----------
    to
        The new action type, or all types that the function can return. It may be the old type, if
        only the payload changed; the function then also receives actions of the new form.
    function
        Converts an action; may return ``None`` to drop it. Its result gets the new type by itself
        if there is only one, and keeps ``meta.roundtrip``. Without a function, only the type
        changes.

    Examples
    --------
    >>> in_cents = upcast("cart/lineAdded", lambda action: Action("", {"cents": action.payload}))
    >>> in_cents(Action("cart/added", 250))
    Action(type='cart/lineAdded', payload={'cents': 250}, meta=None, error=False)
    """
    return Upcaster((to,) if isinstance(to, str) else tuple(to), function)


def check_upcaster(what: str, kind: str, upcaster: object) -> Upcaster:
    """Return an upcaster if it is one.

    Parameters
    ----------
    what
        Its store in error messages.
    kind
        The action type that it converts.

    Raises
    ------
    ConfigurationError
        If it is not an upcaster, has no function that can be called, or leads nowhere.
    """
    if not isinstance(upcaster, Upcaster):
        raise ConfigurationError(
            f"{what}: expected upcast(new_type, function) as the upcaster of {kind}; "
            f"received {upcaster!r}."
        )
    if upcaster.function is not None and not callable(upcaster.function):
        raise ConfigurationError(
            f"{what}: expected a function in the upcaster of {kind}; "
            f"received {upcaster.function!r}."
        )
    if not upcaster.to:
        raise ConfigurationError(
            f"{what}: the upcaster of {kind} leads to no type; to drop all actions of a type, "
            "name it in retired=[...]."
        )
    if upcaster.function is None and len(upcaster.to) > 1:
        raise ConfigurationError(
            f"{what}: the upcaster of {kind} leads to several types, so it needs a function that "
            "chooses one."
        )
    return upcaster
