"""Listeners: functions that are called after an action was committed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip.errors import ConfigurationError
from roundtrip.redux.action import Action, Event
from roundtrip.redux.slice import Matcher
from roundtrip.redux.store import Store, by_name

if TYPE_CHECKING:
    from roundtrip.followers.context import ListenerContext
    from roundtrip.storage.records import Commit

Trigger: TypeAlias = str | Matcher | Callable[..., Action]
"""An action type, a matcher as in ``extra_reducers``, or an action creator."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True)
class Listener:
    """A function of the application that is called after an action; see `listener`.

    It can be called like the function.
    """

    name: str
    function: Callable[[Event, ListenerContext], None]
    types: frozenset[str]
    matchers: tuple[Matcher, ...]
    store: str | None

    def __call__(self, event: Event, context: ListenerContext) -> None:
        """Call the function."""
        self.function(event, context)

    def hears(self, store: str, action: Action) -> bool:
        """Return whether it is called after an action of a store."""
        if self.store is not None and self.store != store:
            return False
        return action.type in self.types or any(one.matches(action) for one in self.matchers)


def listener(
    *triggers: Trigger, store: str | None = None, name: str | None = None
) -> Callable[[Callable[[Event, ListenerContext], None]], Listener]:
    """Make a listener of a function ``(event, context) -> None``.

    It is called after an action was committed: at least once, and in the order of the events of a
    stream. If it raises, it is called again, and the later events of the stream wait.

    Parameters
    ----------
    triggers
        Action types, action creators and matchers; one of them must match.
    store
        Name of the only store whose actions it hears; by default all.
    name
        Identifies it in logs and in the keys of what it does once; by default the name of the
        function. Keep it when you rename the function.

    Raises
    ------
    ConfigurationError
        On a trigger, a name or a function that it cannot have.

    Examples
    --------
    >>> @listener("lamp/switched")
    ... def hint(event, context):
    ...     print(f"version {event.version}: {event.action.payload}")
    >>> hint.name, sorted(hint.types)
    ('hint', ['lamp/switched'])
    >>> hint(Event(Action("lamp/switched", True), 3, "2026-01-01T00:00:00.000Z", None), None)
    version 3: True
    """
    if not triggers:
        raise ConfigurationError('listener: expected an action type, as @listener("cards/added").')
    matchers = tuple(one for one in triggers if isinstance(one, Matcher))
    types = frozenset(_type(one) for one in triggers if not isinstance(one, Matcher))

    def make(function: Callable[[Event, ListenerContext], None]) -> Listener:
        if inspect.iscoroutinefunction(function):
            raise ConfigurationError(
                f"listener: expected a function that is not async; received {function!r}."
            )
        called = str(getattr(function, "__name__", "")) if name is None else name
        if not _NAME.fullmatch(called):
            raise ConfigurationError(
                f"listener: expected a name of at most 64 letters, digits and underscores; "
                f"received {called!r}."
            )
        return Listener(called, function, types, matchers, store)

    return make


class Listeners:
    """The listeners of an application.

    Raises
    ------
    ConfigurationError
        If two have the same name, or one listens to an action or a store that there is not.
    """

    def __init__(self, stores: Iterable[Store], listeners: Iterable[Listener]) -> None:
        self._stores = by_name(stores)
        self._listeners = tuple(listeners)
        names: set[str] = set()
        for one in self._listeners:
            if not isinstance(one, Listener):
                raise ConfigurationError(
                    f"listeners: expected functions with @listener(...); received {one!r}."
                )
            if one.name in names:
                raise ConfigurationError(
                    f"listener {one.name}: two have this name; give one another name=."
                )
            names.add(one.name)
            _check(one, self._stores)

    def __iter__(self) -> Iterator[Listener]:
        """Iterate over the listeners."""
        return iter(self._listeners)

    def wants(self, commit: Commit) -> bool:
        """Return whether a listener must be called after a commit.

        It is one that cannot be read or matched, too: it fails in the queue then, where it holds up
        only its own stream.
        """
        try:
            return any(True for _ in self.calls(commit))
        except Exception:  # noqa: BLE001 - raised again, and reported, where listeners are called
            return True

    def calls(self, commit: Commit) -> Iterator[tuple[Listener, Event]]:
        """Yield what to call after a commit, in order, with events in today's form.

        Raises
        ------
        CorruptItem
            If the commit cannot be read.
        UpcastFailed
            If an upcaster fails.
        Exception
            Whatever a matcher raises.
        """
        store = self._stores.get(commit.stream.store)
        if store is None:
            return
        for event in commit.events():
            action = store.of_today(event.action)
            if action is None:
                continue
            for one in self._listeners:
                if one.hears(store.name, action):
                    yield one, event._replace(action=action)


def _type(trigger: str | Callable[..., Action]) -> str:
    if isinstance(trigger, str):
        return trigger
    made = None
    if callable(trigger):
        try:
            made = trigger()
        except TypeError:
            made = None
    if not isinstance(made, Action):
        raise ConfigurationError(
            f"listener: expected action types, action creators or matchers; received {trigger!r}."
        )
    return made.type


def _check(one: Listener, stores: Mapping[str, Store]) -> None:
    if one.store is not None and one.store not in stores:
        raise ConfigurationError(
            f"listener {one.name}: there is no store {one.store!r}; the stores are "
            f"{', '.join(stores) or 'none'}."
        )
    heard = [stores[one.store]] if one.store is not None else stores.values()
    known: set[Any] = {kind for store in heard for kind in store.reducer.payloads}
    if unknown := sorted(one.types - known):
        raise ConfigurationError(
            f"listener {one.name}: no store has the action {', '.join(map(repr, unknown))}."
        )
