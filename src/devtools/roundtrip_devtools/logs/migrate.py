"""Keeps checkpoints for the revision that is about to be deployed, while an older one serves."""

from __future__ import annotations

import contextlib
import math
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from roundtrip.engine.cache import HeadCache
from roundtrip.engine.history import History
from roundtrip.engine.parts import Parts
from roundtrip.errors import CorruptItem, IntegrityError, ReplayFailed, TooLarge
from roundtrip.storage.records import Checkpoint
from roundtrip_devtools.logs.account import Fault, type_at
from roundtrip_devtools.logs.log import label, reason
from roundtrip_devtools.logs.workers import Workers, revisions, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Stream
    from roundtrip_devtools.logs.log import Found
    from roundtrip_devtools.logs.table import Table
    from roundtrip_devtools.logs.workers import Desk


def migrate(root: Path, open_table: Callable[[], Table], found: Iterable[Found]) -> int:
    """Prepare the streams whose head has another revision, and print those that cannot be.

    It can be ended at any moment: what was prepared stays, and the next run leaves it out.

    Returns
    -------
    int
        1 if a stream cannot be replayed, else 0.
    """
    counts: Counter[str] = Counter()
    with Workers(root, open_table, "streams") as workers:
        running: dict[str, str] = workers.ask(revisions)

        def outdated() -> Iterator[Found]:
            for one in found:
                if one.stream.store not in running:
                    counts["unserved"] += 1
                elif one.revision != running[one.stream.store]:
                    yield one
                else:
                    counts["current"] += 1

        def submit(streams: list[Stream]) -> tuple[Any]:
            return (workers.submit(prepare, streams),)

        try:
            for (group,) in spread(outdated(), submit, workers):
                for stream, became, fault in group:
                    counts[became] += 1
                    if fault:
                        print(f"{label(stream)}: {fault}.", flush=True)
        finally:
            print(
                f"Streams prepared: {counts['prepared']}; before: {counts['ready']}; of no other "
                f"revision: {counts['current']}; deleted: {counts['deleted']}; of no store of the "
                f"code: {counts['unserved']}; that cannot be prepared: {counts['failed']}."
            )
    return 1 if counts["failed"] else 0


def prepare(desk: Desk[Table], streams: Sequence[Stream]) -> list[tuple[Stream, str, str]]:
    """Keep a checkpoint of the code's revision at the version of each head.

    Returns
    -------
    list of tuple
        Each stream; what became of it, ``prepared``, ``ready``, ``deleted`` or ``failed``; and the
        fault.
    """
    return [(stream, *_prepare(desk.log, desk.stores[stream.store], stream)) for stream in streams]


def _prepare(table: Table, store: Store, stream: Stream) -> tuple[str, str]:
    revision = store.reducer.revision
    cache = HeadCache()
    parts = Parts(table, cache, sleep_s=time.sleep)
    history = History(table, cache, parts, monotonic_s=time.monotonic, count=lambda *_: None)
    try:
        head = table.load(stream)
        if head is None:
            return "failed", "the head is missing; `roundtrip repair` rebuilds it from the events"
        if head.deleted:
            return "deleted", ""
        if head.revision == revision:
            return "ready", ""
        # A damaged one is replaced.
        with contextlib.suppress(CorruptItem):
            kept = table.checkpoint(stream, revision, head.version)
            if kept is not None and kept.version == head.version:
                return "ready", ""
        # After an interruption or a failure of the storage it goes on from its last checkpoint.
        rebuilt = history.current(store, head, deadline_s=math.inf)
        # Also where a replay would be short enough without one.
        checkpoint = Checkpoint(stream, head.version, revision, rebuilt.state_text)
        table.keep(checkpoint)
    except ReplayFailed as error:
        kind = type_at(table, stream, error.version)
        return "failed", f"cannot replay {Fault(error.version, kind, error.fault)}"
    except (IntegrityError, TooLarge) as error:
        return "failed", reason(stream, error).rstrip(".")
    return "prepared", ""
