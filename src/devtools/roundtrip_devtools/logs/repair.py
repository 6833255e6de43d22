"""Rebuilds the head of a stream from its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.errors import TooLarge
from roundtrip.storage.records import Checkpoint, Head
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs.account import account, state_at
from roundtrip_devtools.logs.log import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Stream
    from roundtrip_devtools.logs.table import Table


class RepairError(DevtoolsError, form="{} was not repaired: {}."):
    """A head cannot be rebuilt; nothing was written. Parts: stream, reason."""


def repair(table: Table, stores: Mapping[str, Store], stream: Stream) -> str:
    """Rebuild the head of a stream if it is missing, damaged or not the fold of its events.

    Returns
    -------
    str
        What was wrong, and what was written.

    Raises
    ------
    RepairError
        An event is missing, damaged or cannot be replayed, or the stream is being written.
    """
    name = label(stream)
    if stream.store not in stores:
        raise RepairError(name, f"the code has no store {stream.store}")
    store = stores[stream.store]
    # Read first: the condition of the write vouches for everything that is read afterwards.
    read = table.head_item(stream)
    found = account(table, store, stream)
    if found.fault:
        raise RepairError(name, f"the head cannot be rebuilt without {found.fault}")
    if found.version == 0:
        raise RepairError(name, "it has no events")
    if not found.head_fault:
        what = "was written by another revision" if found.outdated else "is the fold of its events"
        return f"{name}: nothing to repair: the head {what}."
    state_text = state_at(table, store, stream, found.version)
    if state_text is None:
        raise RepairError(name, "its events changed meanwhile; try again")
    created_at, updated_at = found.recorded
    revision = store.reducer.revision
    head = Head(stream, found.version, state_text, revision, created_at, updated_at)
    try:
        written = table.replace_head(head, read)
        # The head claims that a replay begins here.
        table.keep(Checkpoint(stream, head.version, revision, state_text))
    except TooLarge as error:
        raise RepairError(name, str(error).rstrip(".")) from error
    if not written:
        raise RepairError(name, "it was written meanwhile; try again")
    return (
        f"{name}: {found.head_fault}. The head was rebuilt from events 1 to {found.version}, of "
        f"revision {revision}."
    )
