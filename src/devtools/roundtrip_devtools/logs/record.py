"""Keeps histories as files, which `roundtrip.testing.check_histories` replays."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from roundtrip.errors import CorruptItem, ReplayFailed
from roundtrip.redux.action import Action, Event
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.replay import Fold
from roundtrip_devtools.errors import DevtoolsError, SettingError
from roundtrip_devtools.logs.account import state_at
from roundtrip_devtools.logs.log import events, label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Stream
    from roundtrip_devtools.logs.log import Log
    from roundtrip_devtools.project import Project

Mask: TypeAlias = "Callable[[Action], Any]"


class RecordError(DevtoolsError, form="{} was not recorded: {}."):
    """A history cannot be kept. Parts: stream, reason."""


def load_mask(project: Project, name: str) -> Mask:
    """Import a function, named as ``module:function``, from the project or its function's code.

    Raises
    ------
    SettingError
        It cannot be imported.
    """
    module, _, function = name.partition(":")
    folders = [str(project.root), str(project.service_dir)]
    sys.path[:0] = folders
    try:
        mask = getattr(importlib.import_module(module), function)
        if callable(mask):
            return mask  # type: ignore[no-any-return]
        why = f"{function} is not callable"
    except (Exception, SystemExit) as error:  # noqa: BLE001  a module may raise anything
        why = f"{type(error).__name__}: {error}"
    finally:
        for folder in folders:
            sys.path.remove(folder)
    expected = f"a function that can be imported, as module:function ({why})"
    raise SettingError("--mask", expected=expected, value=name)


def record(
    log: Log, stores: Mapping[str, Store], streams: Sequence[Stream], mask: Mask, folder: Path
) -> None:
    """Write a file for each stream: its events as masked, and the state that they make.

    Raises
    ------
    RecordError
        A stream has no events or cannot be replayed, or the mask fails. Nothing was written.
    SettingError
        The folder cannot be written.
    """
    files: dict[str, dict[str, Any]] = {}
    for stream in streams:
        name = f"{label(stream).replace('/', '-')}.json"
        if name in files:
            raise RecordError(label(stream), f"two streams would be written to {name}")
        files[name] = _history(log, stores, stream, mask)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, history in files.items():
            text = json.dumps(history, ensure_ascii=False, indent=2) + "\n"
            (folder / name).write_text(text, "utf-8")
            print(f"{folder / name}: events 1 to {len(history['events'])}.")
    except OSError as error:
        expected = f"a folder that can be written ({error.strerror})"
        raise SettingError("--to", expected=expected, value=str(folder)) from error


def _history(log: Log, stores: Mapping[str, Store], stream: Stream, mask: Mask) -> dict[str, Any]:
    name = label(stream)
    if stream.store not in stores:
        raise RecordError(name, f"the code has no store {stream.store}")
    store = stores[stream.store]
    fold = Fold(store, stream=name)
    kept = []
    try:
        for event in events(log, stream):
            action = _masked(mask, name, event)
            fold.add(Event(action, event.version, event.recorded_at, action.actor))
            document = {"recordedAt": event.recorded_at, "actor": action.actor}
            kept.append({**action.to_json(), **document})
        state = decode(fold.text())
    except CorruptItem as error:
        raise RecordError(name, str(error).rstrip(".")) from error
    except ReplayFailed as error:
        if state_at(log, store, stream, error.version) is None:
            raise RecordError(name, str(error).rstrip(".")) from error
        fault = error.fault.rstrip(".")
        reason = f"event {error.version} can be replayed, but not as the mask returns it: {fault}"
        raise RecordError(name, reason) from error
    if not kept:
        raise RecordError(name, "it has no events")
    return {
        "store": stream.store,
        "revision": store.reducer.revision,
        "events": kept,
        "state": state,
    }


def _masked(mask: Mask, name: str, event: Event) -> Action:
    try:
        action = mask(event.action)
        encode({**action.to_json(), "actor": action.actor} if isinstance(action, Action) else None)
    except (Exception, SystemExit) as error:
        reason = f"the mask failed on event {event.version} ({type(error).__name__}: {error})"
        raise RecordError(name, reason) from error
    if not isinstance(action, Action):
        reason = f"the mask returned no Action but {action!r} for event {event.version}"
        raise RecordError(name, reason)
    return action
