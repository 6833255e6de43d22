"""Builds the transaction of a dispatch, and says when it has a checkpoint. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.engine.effects import timestamp
from roundtrip.limits import (
    CHECKPOINT_BYTES,
    MAX_TRANSACTION_ITEMS,
    RECEIPT_LIFE_S,
    SPARSE_CHECKPOINTS,
)
from roundtrip.redux.outcome import outcomes_of
from roundtrip.storage.receipts import outcomes_text
from roundtrip.storage.records import DELETED_TEXT, Append, Checkpoint, Commit, Head, Receipt

if TYPE_CHECKING:
    from datetime import datetime

    from roundtrip.engine.messages import Dispatch
    from roundtrip.engine.reducing import Reduced
    from roundtrip.redux.store import Store

# Beside commit, head, receipt and checkpoint.
_MAX_PART_ITEMS: Final = MAX_TRANSACTION_ITEMS - 4


def build_append(
    store: Store,
    head: Head | None,
    request: Dispatch,
    reduced: Reduced,
    *,
    now: datetime,
    token: str,
) -> Append:
    """Build the commit of the applied actions, the new head, the receipt and the checkpoint.

    Parameters
    ----------
    store
        The store whose reducer produced the batch.
    head
        The head that was reduced; ``None`` for a new stream.
    reduced
        The result of reducing it; at least one action is applied.
    now
        Time of the commit.
    token
        Different for every transaction that is ever sent.
    """
    stream, recorded_at = request.stream, timestamp(now)
    version = head.version if head else 0
    commit = Commit(
        stream=stream,
        first_version=version + 1,
        applied=reduced.applied,
        actions_text=reduced.actions_text,
        recorded_at=recorded_at,
        actor=request.actor,
        token=token,
        touched_text=reduced.touched_text,
    )
    revision, state_text = store.reducer.revision, reduced.state_text
    replay_bytes = (head.replay_bytes if head else 0) + commit.weight_bytes
    checkpoint = None
    snapshot = reduced.snapshot
    room = _MAX_PART_ITEMS - len(reduced.parts)
    if reduced.kept is not None:
        replay_bytes = 0
    elif (
        snapshot is None
        and state_text != DELETED_TEXT
        and checkpoint_due(replay_bytes, len(state_text))
    ):
        checkpoint = Checkpoint(stream, commit.last_version, revision, state_text)
        replay_bytes = 0
    new_head = Head(
        stream=stream,
        version=commit.last_version,
        state_text="" if snapshot else state_text,
        revision=revision,
        created_at=head.created_at if head else recorded_at,
        updated_at=recorded_at,
        replay_bytes=replay_bytes,
        manifest_text=None if snapshot is None else snapshot.manifest(),
        # The next transaction drops these.
        left=reduced.dropped[room:],
    )
    receipt = request.key and Receipt(
        stream=stream,
        key=request.key.receipt,
        fingerprint=request.key.fingerprint,
        first_version=commit.first_version,
        outcomes_text=outcomes_text(outcomes_of(reduced.rejections, commit.first_version)),
        expires_at_s=int(now.timestamp()) + RECEIPT_LIFE_S,
    )
    return Append(commit, new_head, receipt, checkpoint, reduced.parts, reduced.dropped[:room])


def checkpoint_due(replay_bytes: int, state_characters: int, *, sparse: bool = False) -> bool:
    """Return whether a checkpoint should follow the events since the last one.

    Parameters
    ----------
    replay_bytes
        Weight of these events; see `roundtrip.storage.records.Commit.weight_bytes`.
    state_characters
        Size of the state. A larger one takes longer to write and to read, so it is kept less often.
    sparse
        Whether each checkpoint costs a write of its own, as on the way of a replay.
    """
    least_bytes = CHECKPOINT_BYTES * (SPARSE_CHECKPOINTS if sparse else 1)
    return replay_bytes >= max(least_bytes, state_characters // 4)
