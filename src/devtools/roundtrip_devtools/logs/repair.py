"""Rebuilds the head of a stream from its events, and deletes wrong checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.errors import TooLarge
from roundtrip.limits import INLINE_CHARACTERS
from roundtrip.redux.reducer import is_divisible
from roundtrip.storage.records import Checkpoint, Head
from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs.account import account, state_at
from roundtrip_devtools.logs.log import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.redux.store import Store
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Stream
    from roundtrip_devtools.logs.account import Account
    from roundtrip_devtools.logs.table import Table

# Of no code: a head of another revision is rebuilt when it is read.
_REBUILT: Final = "rebuilt"


class RepairError(DevtoolsError, form="{} was not repaired: {}."):
    """A head cannot be rebuilt; nothing was written. Parts: stream, reason."""


def repair(table: Table, stores: Mapping[str, Store], stream: Stream) -> str:
    """Rebuild the head of a stream, and delete checkpoints, if they are not the fold of its events.

    So are missing and damaged ones. Only checkpoints of the code's revision are compared.

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
    if found.erasing:
        raise RepairError(name, "it is being erased, or roundtrip erase was interrupted")
    if found.fault:
        raise RepairError(name, f"its state cannot be rebuilt without {found.fault}")
    if found.version == 0:
        raise RepairError(name, "it has no events")
    if not found.head_fault and not found.checkpoint_fault:
        return f"{name}: nothing to repair: {_sound(found)}."
    state_text = state_at(table, store, stream, found.version)
    if state_text is None:
        raise RepairError(name, "its events changed meanwhile; try again")
    try:
        _write(table, store, found, state_text, read)
    except TooLarge as error:
        raise RepairError(name, str(error).rstrip(".")) from error
    return f"{name}: {_done(found, store.reducer.revision)}"


def _write(table: Table, store: Store, found: Account, state_text: str, read: Item | None) -> None:
    stream, version, revision = found.stream, found.version, store.reducer.revision
    if found.head_fault:
        created_at, updated_at = found.recorded
        head = Head(stream, version, state_text, revision, created_at, updated_at)
        if len(state_text) > INLINE_CHARACTERS and is_divisible(store.reducer):
            # The next write divides the state; until then it is read from the checkpoint below.
            head = head._replace(state_text="{}", revision=_REBUILT)
        # The next write drops those that the state will not have.
        head = head._replace(left=table.parts_found(stream))
        if not table.replace_head(head, read):
            raise RepairError(label(stream), "it was written meanwhile; try again")
    for sk in found.wrong_checkpoints:
        table.delete_checkpoint(stream, sk)
    if not found.deleted:
        # The rebuilt head claims that a replay begins here.
        table.keep(Checkpoint(stream, version, revision, state_text))


def _sound(found: Account) -> str:
    if found.deleted:
        return "the stream is deleted"
    what = "was written by another revision" if found.outdated else "is the fold of its events"
    return f"the head {what}"


def _done(found: Account, revision: str) -> str:
    done = []
    if found.head_fault:
        rebuilt = f"from events 1 to {found.version}, of revision {revision}"
        done.append(f"{found.head_fault}. The head was rebuilt {rebuilt}.")
    if found.checkpoint_fault:
        number = len(found.wrong_checkpoints)
        done.append(f"{found.checkpoint_fault}. Checkpoints deleted: {number}.")
    return " ".join(done)
