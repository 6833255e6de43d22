"""What a store declares about the actions of earlier releases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from roundtrip.errors import ConfigurationError, UpcastFailed
from roundtrip.redux.combine import Combined
from roundtrip.redux.jsontext import decode
from roundtrip.redux.upcaster import Upcaster, check_upcaster

if TYPE_CHECKING:
    from roundtrip.redux.action import Action
    from roundtrip.redux.reducer import Reducer


class Evolution:
    """The upcasters and retired names of a store, checked against its reducer.

    Parameters
    ----------
    what
        The store in error messages.
    reducer
        Its root reducer.
    upcasters
        By the action type that they convert.
    retired
        Slices, and action types, that are gone.

    Raises
    ------
    ConfigurationError
        If a declaration contradicts another one or the reducer.
    """

    def __init__(
        self,
        what: str,
        reducer: Reducer,
        upcasters: Mapping[str, Upcaster],
        retired: Iterable[str],
    ) -> None:
        self._known = reducer.payloads
        if not isinstance(upcasters, Mapping):
            raise ConfigurationError(
                f"{what}: expected upcasters as a mapping from old action type to upcast(...); "
                f"received {upcasters!r}."
            )
        for kind in upcasters:
            if not isinstance(kind, str):
                raise ConfigurationError(
                    f"{what}: expected an action type as a key of upcasters; received {kind!r}."
                )
        self._upcasters = {
            kind: check_upcaster(what, kind, upcaster) for kind, upcaster in upcasters.items()
        }
        self._retired = frozenset(retired)
        self._check_retired(what, reducer)
        self._check_targets(what)
        for kind in self._upcasters:
            self._check_no_cycle(what, kind)

    def of_today(self, action: Action) -> Action | None:
        """Return an action in the form that today's reducer handles.

        Returns
        -------
        Action or None
            ``None`` if it is retired or dropped. The type is not necessarily known.

        Raises
        ------
        UpcastFailed
            If an upcaster raises an error or returns something else.
        """
        kind = action.type
        while upcaster := self._upcasters.get(kind):
            try:
                converted = upcaster(action)
            except Exception as error:
                fault = str(error) if isinstance(error, TypeError) else type(error).__name__
                raise UpcastFailed(kind, fault) from error
            if converted is None:
                return None
            action = converted
            if action.type == kind:
                break
            kind = action.type
        return None if self.is_retired(kind) else action

    def is_retired(self, kind: str) -> bool:
        """Return whether an action type, or its slice, is gone."""
        return kind not in self._known and (
            kind in self._retired or kind.partition("/")[0] in self._retired
        )

    def digest(self, initial_text: str) -> str:
        """Return a digest of all declarations that decide what events fold to.

        Parameters
        ----------
        initial_text
            The initial state as JSON text.
        """
        declared = {
            "initialState": decode(initial_text),
            "retired": sorted(self._retired),
            "upcasters": {kind: sorted(each.to) for kind, each in self._upcasters.items()},
        }
        text = json.dumps(declared, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def _check_retired(self, what: str, reducer: Reducer) -> None:
        live = {kind.partition("/")[0] for kind in self._known}
        if isinstance(reducer.state, Combined):
            live |= reducer.state.parts.keys()
        for name in sorted(self._retired):
            if name in (self._known if "/" in name else live):
                raise ConfigurationError(f"{what}: {name} is retired, but the reducer handles it.")
            if name in self._upcasters:
                raise ConfigurationError(
                    f"{what}: {name} is retired and has an upcaster; keep one of them."
                )

    def _check_targets(self, what: str) -> None:
        for kind, upcaster in self._upcasters.items():
            if kind in self._known and kind not in upcaster.to:
                raise ConfigurationError(
                    f"{what}: the upcaster of {kind} hides it from the reducer that handles it."
                )
            for target in upcaster.to:
                chained = target in self._upcasters and target != kind
                if not (target in self._known or chained or self.is_retired(target)):
                    raise ConfigurationError(
                        f"{what}: the upcaster of {kind} leads to {target!r}, which nothing "
                        f"handles; the action types are {', '.join(self._known)}."
                    )

    def _check_no_cycle(self, what: str, start: str) -> None:
        seen: set[str] = set()
        waiting = [kind for kind in self._upcasters[start].to if kind != start]
        while waiting:
            kind = waiting.pop()
            if kind == start:
                raise ConfigurationError(
                    f"{what}: the upcasters of {start} lead back to it; remove one of them."
                )
            if kind not in seen and kind in self._upcasters:
                waiting += [target for target in self._upcasters[kind].to if target != kind]
            seen.add(kind)


def as_names(what: str, retired: Iterable[str]) -> tuple[str, ...]:
    """Return the names of retired slices and action types as a tuple.

    Parameters
    ----------
    what
        Their store in error messages.

    Raises
    ------
    ConfigurationError
        If they are not a list of names.
    """
    if isinstance(retired, str) or not isinstance(retired, Iterable):
        raise ConfigurationError(
            f"{what}: expected retired as a list of slices and action types; received {retired!r}."
        )
    names: list[object] = list(retired)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ConfigurationError(
                f"{what}: expected the name of a slice or an action type in retired; "
                f"received {name!r}."
            )
    return tuple(map(str, names))
