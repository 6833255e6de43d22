"""What the code makes of a stream: its events are replayed, and the stored states compared."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from roundtrip.engine.cache import HeadCache
from roundtrip.engine.parts import Parts
from roundtrip.errors import Busy, CorruptItem, ReplayFailed
from roundtrip.redux.jsondiff import told
from roundtrip.redux.jsontext import decode
from roundtrip.redux.replay import Fold
from roundtrip_devtools.logs.checkpoints import NONE_DUE, Checkpoints
from roundtrip_devtools.logs.log import ERASED, events, label, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from roundtrip.redux.action import Event
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Head, Stream
    from roundtrip_devtools.logs.log import Log

Mark: TypeAlias = "Callable[[str], bytes]"
"""Returns `MARK_BYTES` that tell one state from another."""

MARK_BYTES: Final = 8
_COUNTED_EVENTS: Final = 256


class Fault(NamedTuple):
    """An event that cannot be replayed.

    Parameters
    ----------
    type
        Its action type; ``None`` if it is missing or damaged.
    """

    version: int
    type: str | None
    text: str

    def __str__(self) -> str:
        kind = f" ({self.type})" if self.type else ""
        return f"event {self.version}{kind}: {self.text.rstrip('.')}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the code makes of a stream.

    Parameters
    ----------
    version
        Version of the last event that was replayed; 0 if there is none.
    fault
        The event at which the replay ended, if it did.
    head_fault
        What is wrong with the head; empty if nothing is, if a `fault` leaves it open, or if there
        is no such stream: `version` is 0 then.
    checkpoint_fault
        What is wrong with checkpoints of the code's revision, up to the `fault`.
    wrong_checkpoints
        The sort keys of these.
    outdated
        Whether another revision wrote the head, so that its state was not compared.
    deleted
        Whether the stream is deleted. That is final, whatever the code makes of the events, so the
        state of the head was not compared.
    erasing
        Whether `roundtrip erase` has begun to delete its items, so that nothing was read.
    recorded
        Times of the first and the last commit.
    marks
        The marks of the states at versions 1 to `version`, if they were asked for.
    """

    stream: Stream
    version: int
    fault: Fault | None
    head_fault: str
    checkpoint_fault: str
    wrong_checkpoints: Sequence[str]
    outdated: bool
    deleted: bool
    erasing: bool = False
    recorded: tuple[str, str]
    marks: bytes


def by_text(state_text: str) -> bytes:
    """Mark a state by its text."""
    return hashlib.blake2b(state_text.encode(), digest_size=MARK_BYTES).digest()


def by_value(state_text: str) -> bytes:
    """Mark a state by its text without the order of members; slower."""
    return by_text(json.dumps(decode(state_text), sort_keys=True))


def account(
    log: Log,
    store: Store,
    stream: Stream,
    *,
    mark: Mark | None = None,
    count: Callable[[int], None] = lambda _number: None,
) -> Account:
    """Replay a stream, and compare its head and checkpoints.

    Parameters
    ----------
    mark
        Marks the state at each version.
    count
        Called with numbers of events that were replayed.
    """
    head, head_fault = _head(log, stream)
    if head is not None and head.revision == ERASED:
        return _erasing(stream)
    return _account(log, store, stream, (head, head_fault), mark=mark, count=count)


def _account(
    log: Log,
    store: Store,
    stream: Stream,
    read: tuple[Head | None, str],
    *,
    mark: Mark | None,
    count: Callable[[int], None],
) -> Account:
    head, head_fault = read
    head_version = head.version if head else 0
    checkpoints = Checkpoints(log, stream, store.reducer.revision)
    fold = Fold(store, stream=label(stream))
    marks, at_head, fault = bytearray(), "", None
    first_at = last_at = ""
    try:
        for event in _counted(events(log, stream), count):
            fold.add(event)
            if mark is not None:
                marks += mark(fold.text())
            if event.version == head_version:
                at_head = fold.text()
            if event.version >= checkpoints.due:
                checkpoints.compare(fold)
            last_at = event.recorded_at
            first_at = first_at or last_at
        fold.text()
    except ReplayFailed as error:
        fault = Fault(error.version, type_at(log, stream, error.version), error.fault)
    except CorruptItem as error:
        fault = Fault(fold.version + 1, None, reason(stream, error))
    if fault is None and head_version > fold.version:
        text = f"it is missing; the head is at version {head_version}"
        fault = Fault(fold.version + 1, None, text)
    if fault is None and checkpoints.due < NONE_DUE:
        checkpoints.end(_last_version(log, stream, fold.version))
    deleted = head is not None and head.deleted
    outdated = head is not None and head.revision != store.reducer.revision and not deleted
    if fault is None and not head_fault:
        compared = None if outdated or deleted else at_head
        head_fault = _compared(log, stream, head, fold.version, compared)
    return Account(
        stream=stream,
        version=fold.version,
        fault=fault,
        head_fault="" if fault else head_fault,
        checkpoint_fault=checkpoints.fault,
        wrong_checkpoints=checkpoints.wrong,
        outdated=outdated,
        deleted=deleted,
        recorded=(first_at, last_at),
        marks=bytes(marks),
    )


def _erasing(stream: Stream) -> Account:
    return Account(
        stream=stream,
        version=0,
        fault=None,
        head_fault="",
        checkpoint_fault="",
        wrong_checkpoints=(),
        outdated=False,
        deleted=True,
        erasing=True,
        recorded=("", ""),
        marks=b"",
    )


def _counted(found: Iterator[Event], count: Callable[[int], None]) -> Iterator[Event]:
    number = 0
    try:
        for number, event in enumerate(found, 1):
            yield event
            if number % _COUNTED_EVENTS == 0:
                count(_COUNTED_EVENTS)
    finally:
        count(number % _COUNTED_EVENTS)


def state_at(log: Log, store: Store, stream: Stream, version: int) -> str | None:
    """Return the state of a stream at a version, as JSON text; ``None`` if the replay fails."""
    fold = Fold(store, stream=label(stream))
    with contextlib.suppress(ReplayFailed, CorruptItem):
        for event in events(log, stream):
            fold.add(event)
            if event.version == version:
                return fold.text()
    return None


def type_at(log: Log, stream: Stream, version: int) -> str | None:
    """Return the type of an event; ``None`` if it is missing or damaged."""
    with contextlib.suppress(CorruptItem):
        for event in events(log, stream):
            if event.version >= version:
                return event.action.type if event.version == version else None
    return None


def _head(log: Log, stream: Stream) -> tuple[Head | None, str]:
    try:
        head = log.load(stream)
        if head is not None and head.manifest_text is not None:
            parts = Parts(log, HeadCache(), sleep_s=time.sleep)
            head, _ = parts.whole(head, again=lambda: log.load(stream))
        if head is not None:
            decode(head.state_text)
    except Busy:
        return None, "the head is damaged: parts of its state are missing"
    except CorruptItem as error:
        return None, f"the head is damaged: {reason(stream, error).rstrip('.')}"
    except (ValueError, RecursionError) as error:
        return None, f"the head is damaged: its state is not JSON: {error}"
    return head, ""


def _last_version(log: Log, stream: Stream, read: int) -> int:
    # The stream may have been written meanwhile.
    now, _ = _head(log, stream)
    return max(read, now.version) if now else read


def _compared(log: Log, stream: Stream, head: Head | None, last: int, at_head: str | None) -> str:
    if head is None:
        return "the head is missing" if last else ""
    if head.version < last:
        # Unless the stream was written meanwhile.
        now, fault = _head(log, stream)
        if fault or now is None or now.version == head.version:
            return f"the head is at version {head.version}, but the events go on to {last}"
    if at_head is None:
        return ""
    places = told(head.state_text, at_head, was="in the head", now="by its events")
    return f"the head at version {head.version} is not the fold: {places}" if places else ""
