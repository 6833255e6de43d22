"""Replays histories that `roundtrip record` kept as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundtrip.errors import ReplayFailed
from roundtrip.redux.action import Action, Event
from roundtrip.redux.jsondiff import told
from roundtrip.redux.jsontext import encode
from roundtrip.redux.replay import Fold
from roundtrip.redux.store import by_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from roundtrip.redux.store import Store


def check_histories(folder: str | Path, stores: Iterable[Store]) -> None:
    """Replay recorded histories by the stores of today.

    Every event must fold; and the state at the end must be the recorded one, unless the store has
    another revision than when it was recorded.

    Parameters
    ----------
    folder
        The folder that ``roundtrip record`` wrote to.

    Raises
    ------
    AssertionError
        If one fails, with the file, the event, the places in the state and both values; or if
        there is none.

    Examples
    --------
    >>> from roundtrip import Store, create_slice
    >>> count = create_slice(name="count", initial_state=0, reducers={})
    >>> check_histories("tests/nothing", [Store("counts", count)])
    Traceback (most recent call last):
    ...
    AssertionError: tests/nothing: expected recorded histories, *.json, found none; keep some \
with roundtrip record.
    """
    __tracebackhide__ = True
    index = by_name(stores)
    files = sorted(Path(folder).glob("*.json"))
    if not files:
        raise AssertionError(
            f"{folder}: expected recorded histories, *.json, found none; keep some with "
            "roundtrip record."
        )
    faults = [f"{file}: {fault}." for file in files if (fault := _fault(file, index))]
    if faults:
        raise AssertionError("\n".join(faults))


def _fault(file: Path, stores: Mapping[str, Store]) -> str:
    try:
        history = json.loads(file.read_text("utf-8"))
        name, revision, state = history["store"], history["revision"], history["state"]
        events = [_event(one, version) for version, one in enumerate(history["events"], 1)]
    except (ValueError, KeyError, TypeError) as error:
        return f"it is not a recorded history ({type(error).__name__}: {error})"
    if name not in stores:
        return f"there is no store {name}; the stores are {', '.join(stores)}"
    if not events:
        return "it has no events"
    store = stores[name]
    fold = Fold(store, stream=file.stem)
    try:
        for event in events:
            fold.add(event)
        text = fold.text()
    except ReplayFailed as error:
        [kind] = {one.action.type for one in events if one.version == error.version}
        return f"event {error.version} ({kind}): {error.fault.rstrip('.')}"
    if revision != store.reducer.revision:
        return ""
    places = told(encode(state), text, was="recorded", now="now")
    if not places:
        return ""
    last = events[-1]
    return (
        f"event {last.version} ({last.action.type}): the state is not the recorded one, and the "
        f"revision is the same: {places}"
    )


def _event(document: dict[str, Any], version: int) -> Event:
    recorded_at, actor = document.pop("recordedAt"), document.pop("actor")
    action = Action.from_json(document, actor=actor, recorded_at=recorded_at)
    return Event(action, version, recorded_at, actor)
