"""Makes what tests append, and looks at what a storage holds."""

from __future__ import annotations

import base64
import random
import uuid
from typing import TYPE_CHECKING, NamedTuple

from roundtrip.storage.records import (
    DELETED_TEXT,
    Append,
    Checkpoint,
    Commit,
    Committed,
    Damaged,
    Head,
    Receipt,
    Stream,
)

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage

CREATED_AT = "2026-01-01T00:00:00.000Z"
UPDATED_AT = "2026-01-02T00:00:00.000Z"


def new_append(
    stream: Stream,
    first_version: int = 1,
    *,
    count: int = 1,
    key: str | None = None,
    token: str | None = None,
    state_text: str | None = None,
    actions_text: str | None = None,
    outcomes_text: str = "[]",
    actor: str | None = None,
    revision: str = "1",
    created_at: str = CREATED_AT,
    replay_bytes: int = 0,
    checkpoint: bool = False,
    expires_at_s: int = 1_800_000_000,
) -> Append:
    """Make an append as the dispatcher would, with a token of its own."""
    token = token or uuid.uuid4().hex
    last_version = first_version + count - 1
    if actions_text is None:
        actions_text = "[" + ",".join(['{"type":"orders/changed"}'] * count) + "]"
    if state_text is None:
        state_text = f'{{"version":{last_version},"token":"{token}"}}'
    updated_at = created_at if first_version == 1 else UPDATED_AT
    receipt = key and Receipt(
        stream, key, f"fingerprint of {token}", first_version, outcomes_text, expires_at_s
    )
    return Append(
        Commit(stream, first_version, count, actions_text, updated_at, actor, token),
        Head(stream, last_version, state_text, revision, created_at, updated_at, replay_bytes),
        receipt or None,
        Checkpoint(stream, last_version, revision, state_text) if checkpoint else None,
    )


def deletion(stream: Stream, first_version: int = 2, *, created_at: str = CREATED_AT) -> Append:
    """Make the append that ends a stream."""
    return new_append(stream, first_version, state_text=DELETED_TEXT, created_at=created_at)


def written(storage: Storage, append: Append) -> Append:
    """Append, and make sure that it is written."""
    assert storage.append(append) == Committed()
    return append


def grown(storage: Storage, stream: Stream, *counts: int) -> list[Append]:
    """Append commits of so many actions each to a stream without any."""
    appends, version = [], 0
    for count in counts:
        appends.append(written(storage, new_append(stream, version + 1, count=count)))
        version += count
    return appends


class Kept(NamedTuple):
    """All that a storage holds of a stream."""

    head: Head | None
    commits: list[Commit]
    receipts: list[Receipt | None]
    listed: list[Head | Damaged]


def kept(storage: Storage, stream: Stream, *keys: str) -> Kept:
    """Read all that a storage holds of a stream, the receipts by their keys."""
    return Kept(
        storage.load(stream),
        list(storage.commits(stream)),
        [storage.receipt(stream, key) for key in keys],
        storage.heads(stream.namespace, stream.store, before=None, limit=100).heads,
    )


def incompressible(size_bytes: int, *, seed: int = 0) -> str:
    """Make a JSON string of so many bytes that compression shortens by no more than a quarter."""
    noise = random.Random(seed).randbytes(size_bytes)  # noqa: S311 - it hides nothing
    return f'"{base64.b64encode(noise).decode()[: size_bytes - 2]}"'
