"""Replay: rebuilding a state from events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.errors import NotJson, ReducerFailed, Rejected, ReplayFailed
from roundtrip.redux.jsontext import decode, exact
from roundtrip.redux.reducer import reduce_one

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.redux.action import Action, Event
    from roundtrip.redux.store import Store


def replay(store: Store, events: Iterable[Event], *, stream: str) -> tuple[int, str]:
    """Fold events, from the first one on, into a state.

    Parameters
    ----------
    store
        Supplies the reducer and the upcasters.
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
        On a gap, on an action type that the reducer does not know (it would silently be lost), and
        if the reducer refuses or fails on an event that was once accepted.

    Examples
    --------
    >>> from roundtrip.redux import Action, Event, Store, create_slice
    >>> count = create_slice(
    ...     name="count", initial_state=0, reducers={"increased": lambda state, action: state + 1}
    ... )
    >>> increased, noon = Action("count/increased"), "2026-01-01T12:00:00.000Z"
    >>> events = [Event(increased, version, noon, None) for version in (1, 2)]
    >>> replay(Store("count", count), events, stream="public/count/a")
    (2, '2')
    """
    reducer = store.reducer
    text = reducer.initial_text()
    state: Any = decode(text)
    version = 0
    for event in events:
        if event.version != version + 1:
            raise ReplayFailed(
                stream, version=version + 1, fault=f"it is missing; {event.version} follows"
            )
        version = event.version
        action = _of_today(store, event, stream)
        try:
            text, state = exact(reduce_one(reducer, state, action))
        except (Rejected, ReducerFailed, NotJson) as error:
            raise ReplayFailed(stream, version=version, fault=str(error)) from error
    return version, text


def _of_today(store: Store, event: Event, stream: str) -> Action:
    action, upcaster = event.action, store.upcasters.get(event.action.type)
    try:
        if upcaster is not None:
            action = upcaster(action)
        known = action.type in store.reducer.payloads
    except Exception as error:
        fault = f"the upcaster of {event.action.type} returned no action ({type(error).__name__})"
        raise ReplayFailed(stream, version=event.version, fault=fault) from error
    if not known:
        fault = f"no reducer handles its type {action.type}; add an upcaster for it"
        raise ReplayFailed(stream, version=event.version, fault=fault)
    return action
