"""Builds the transaction of a dispatch. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.engine.effects import timestamp
from roundtrip.limits import RECEIPT_LIFE_S
from roundtrip.redux.outcome import outcomes_of
from roundtrip.storage.receipts import outcomes_text
from roundtrip.storage.records import Append, Commit, Head, Receipt

if TYPE_CHECKING:
    from datetime import datetime

    from roundtrip.engine.messages import Dispatch
    from roundtrip.redux.batch import Batch
    from roundtrip.redux.store import Store


def build_append(
    store: Store,
    head: Head | None,
    request: Dispatch,
    batch: Batch,
    *,
    now: datetime,
    token: str,
) -> Append:
    """Build the commit of the applied actions, the new head and, with a key, the receipt.

    Parameters
    ----------
    store
        The store whose reducer produced the batch.
    head
        The head that was reduced; ``None`` for a new stream.
    batch
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
        count=len(batch.applied_texts),
        actions_text=f"[{','.join(batch.applied_texts)}]",
        recorded_at=recorded_at,
        actor=request.actor,
        token=token,
    )
    new_head = Head(
        stream=stream,
        version=version + commit.count,
        state_text=batch.state_text,
        revision=store.reducer.revision,
        created_at=head.created_at if head else recorded_at,
        updated_at=recorded_at,
    )
    receipt = request.key and Receipt(
        stream=stream,
        key=request.key.key,
        fingerprint=request.key.fingerprint,
        first_version=commit.first_version,
        outcomes_text=outcomes_text(outcomes_of(batch.rejections, commit.first_version)),
        expires_at_s=int(now.timestamp()) + RECEIPT_LIFE_S,
    )
    return Append(commit, new_head, receipt)
