"""Replay: rebuilding a state from events."""

from __future__ import annotations

import marshal
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from roundtrip.errors import (
    IntegrityError,
    NotJson,
    ReducerFailed,
    Rejected,
    ReplayFailed,
    UpcastFailed,
)
from roundtrip.limits import COPIED_BYTES, INLINE_CHARACTERS, MAX_DIVIDED_BYTES
from roundtrip.redux.jsontext import bytes_of, decode, exact
from roundtrip.redux.reducer import is_divisible, most_bytes, reduce_one
from roundtrip.redux.reduction import Reduction
from roundtrip.redux.snapshot import Snapshot
from roundtrip.redux.tombstone import DELETED, is_deleted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.action import Action, Event
    from roundtrip.redux.store import Store


class Fold:
    """The state of a stream after some of its events.

    Events are facts: rules do not run, and payloads are not validated. A state is converted to text
    and back only every so many events, in proportion to its size: that is needed for states that
    are stored, and for those in between if one of these holds another type than JSON has, such as
    an enumeration. Events after a deletion change nothing.

    Parameters
    ----------
    stream
        Name of the stream in error messages.
    version, state_text
        Where to start: a version and the state at it, as JSON text. By default before the first
        event.

    Attributes
    ----------
    version
        Version of the last event that was added; 0 if there is none.

    Examples
    --------
    >>> from roundtrip.redux import Action, Event, Store, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> fold = Fold(Store("count", count), stream="count/a", version=7, state_text="7")
    >>> fold.add(Event(Action("count/increased"), 8, "2026-01-01T12:00:00.000Z", None))
    >>> fold.version, fold.text()
    (8, '8')
    """

    def __init__(
        self, store: Store, *, stream: str, version: int = 0, state_text: str | None = None
    ) -> None:
        self._store = store
        self._reducer = store.reducer
        self._folding = replace(store.reducer, rules={})
        self._stream = stream
        self.version = version
        self._text = store.reducer.initial_text() if state_text is None else state_text
        self._state: Any = decode(self._text)
        # The events whose states were not checked yet.
        self._unchecked: list[tuple[int, Action]] = []
        self._due = _interval(self._text)
        # A large state is folded in parts, so that an event costs what it changes.
        self._parts = self._divided()

    def add(self, event: Event) -> None:
        """Add the next event.

        Raises
        ------
        ReplayFailed
            If it is not the next version, no reducer handles its type (it would silently be lost),
            or a reducer or upcaster refuses or fails. Nothing can be added afterwards.
        """
        version = self.version + 1
        if event.version != version:
            self._fail(version, f"it is missing; {event.version} follows")
        action = self._of_today(event)
        if action is not None and self._parts is not None:
            self._add_to_parts(self._parts, action)
        elif action is not None and not is_deleted(self._state):
            self._unchecked.append((version, action))
            try:
                self._state = reduce_one(self._reducer, self._state, action)
            except (Rejected, ReducerFailed, IntegrityError):
                # The cause may be an earlier state that is not JSON.
                self._fold_exactly()
        self.version = version
        if len(self._unchecked) >= self._due:
            self._check()

    def text(self) -> str:
        """Return the state as JSON text.

        Raises
        ------
        ReplayFailed
            If a state since the last call is not JSON, or this one is too large.
        """
        if self._parts is not None:
            return self._parts.state_text()
        if self._unchecked:
            self._check()
        return self._text

    @property
    def size_characters(self) -> int:
        """Size of the state when it was last checked, about."""
        return len(self._text) if self._parts is None else self._parts.size()

    def _divided(self) -> Snapshot | None:
        if len(self._text) <= INLINE_CHARACTERS or not is_divisible(self._reducer):
            return None
        return Snapshot.of_state(self._reducer, self._text)

    def _add_to_parts(self, parts: Snapshot, action: Action) -> None:
        stamps: dict[str, Any] = {"actor": action.actor, "recorded_at": action.recorded_at}
        version = self.version + 1
        try:
            batch = Reduction(self._folding, parts, [action], **stamps).run()
        except (ReducerFailed, IntegrityError) as error:
            self._fail(version, str(error), error)
        if rejection := batch.rejections[0]:
            self._fail(version, str(rejection), rejection)
        self._parts = batch.snapshot
        if self._parts is None:
            self._text, self._state = exact(DELETED)
        # `size` may be a little more than it has, and a dispatch of a whole state counts exactly.
        elif (
            self._parts.size() > MAX_DIVIDED_BYTES
            and (size_bytes := bytes_of(self._parts.state_text())) > MAX_DIVIDED_BYTES
        ):
            fault = f"the state has {size_bytes} bytes; the limit is {MAX_DIVIDED_BYTES}"
            self._fail(version, fault)

    def _of_today(self, event: Event) -> Action | None:
        action: Action | None = event.action
        if event.action.recorded_at != event.recorded_at or event.action.actor != event.actor:
            action = replace(event.action, actor=event.actor, recorded_at=event.recorded_at)
        try:
            action = self._store.of_today(action)  # type: ignore[arg-type]
        except UpcastFailed as error:
            self._fail(event.version, str(error), error)
        if action is not None and action.type not in self._reducer.payloads:
            fault = f"no reducer handles its type {action.type}"
            self._fail(event.version, fault)
        return action

    def _check(self) -> None:
        try:
            # Refuses subclasses, such as enumerations, which dispatch replaces by plain values.
            marshal.dumps(self._state)
            text, self._state = exact(self._state)
        except (NotJson, ValueError):
            text = self._fold_exactly()
        limit_bytes = most_bytes(self._reducer)
        if (size_bytes := len(text.encode())) > limit_bytes:
            fault = f"the state has {size_bytes} bytes; the limit is {limit_bytes}"
            self._fail(self.version, fault)
        self._text = text
        self._due = _interval(text)
        self._unchecked.clear()
        self._parts = self._divided()

    def _fold_exactly(self) -> str:
        """Fold the unchecked events again, with the checks of a dispatch after each."""
        text, self._state = self._text, decode(self._text)
        for version, action in self._unchecked:
            try:
                text, self._state = exact(reduce_one(self._reducer, self._state, action))
            except NotJson as error:
                self._fail(version, f"its state is not JSON: {error}", error)
            except (Rejected, ReducerFailed, IntegrityError) as error:
                self._fail(version, str(error), error)
        return text

    def _fail(self, version: int, fault: str, cause: Exception | None = None) -> NoReturn:
        raise ReplayFailed(self._stream, version=version, fault=fault) from cause


def replay(store: Store, events: Iterable[Event], *, stream: str) -> tuple[int, str]:
    """Fold events, from the first one on, into a state.

    Parameters
    ----------
    store
        Supplies the reducer and the declarations about earlier releases.
    events
        Versions 1, 2, 3, ... without a gap.
    stream
        Name of the stream in error messages.

    Returns
    -------
    version, state
        The version of the last event (0 if there is none) and the state as JSON text.

    Raises
    ------
    ReplayFailed
        As in `Fold.add` and `Fold.text`.

    Examples
    --------
    >>> from roundtrip.redux import Action, Event, Store, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> increased, noon = Action("count/increased"), "2026-01-01T12:00:00.000Z"
    >>> events = [Event(increased, version, noon, None) for version in (1, 2)]
    >>> replay(Store("count", count), events, stream="count/a")
    (2, '2')
    """
    fold = Fold(store, stream=stream)
    for event in events:
        fold.add(event)
    return fold.version, fold.text()


def _interval(text: str) -> int:
    return 1 + len(text) // COPIED_BYTES
