"""Converts checkpoints to items and back; a large one has pieces. Pure."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from roundtrip.limits import MAX_DIVIDED_BYTES, MAX_STATE_BYTES
from roundtrip.storage.dynamodb.items import check_item, corrupt, key
from roundtrip.storage.dynamodb.texts import pack, unpack, value_bytes
from roundtrip.storage.records import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Stream

_PIECE_BYTES: Final = 350 * 1024


def checkpoint_sk(revision: str, version: int) -> str:
    """Return the sort key of a checkpoint."""
    return f"checkpoint#{revision}#{version:012d}"


def checkpoint_item(checkpoint: Checkpoint) -> Item:
    """Convert a checkpoint to an item.

    Raises
    ------
    TooLarge
        If it exceeds `MAX_ITEM_BYTES`.
    """
    item = {
        **key(checkpoint.stream, checkpoint_sk(checkpoint.revision, checkpoint.version)),
        "state": pack("state", checkpoint.state_text, MAX_STATE_BYTES),
    }
    check_item("checkpoint", item)
    return item


def checkpoint_items(checkpoint: Checkpoint) -> list[Item]:
    """Convert a checkpoint to items: its pieces, if one item is too small, and itself last."""
    packed = pack("state", checkpoint.state_text, MAX_DIVIDED_BYTES)
    if value_bytes(packed) <= _PIECE_BYTES:
        return [checkpoint_item(checkpoint)]
    ((kind, content),) = packed.items()
    content = content if kind == "B" else content.encode()
    pieces = [
        content[start : start + _PIECE_BYTES] for start in range(0, len(content), _PIECE_BYTES)
    ]
    stream, revision, version = checkpoint.stream, checkpoint.revision, checkpoint.version
    return [
        *(
            {**key(stream, piece_sk(revision, version, number)), "state": {"B": piece}}
            for number, piece in enumerate(pieces)
        ),
        {
            **key(stream, checkpoint_sk(revision, version)),
            "pieces": {"N": str(len(pieces))},
            "kind": {"S": kind},
        },
    ]


def piece_sk(revision: str, version: int, number: int) -> str:
    """Return the sort key of a piece of a checkpoint."""
    return f"piece#{revision}#{version:012d}#{number:02d}"


def piece_keys(stream: Stream, item: Item) -> list[Item]:
    """Return the keys of the pieces of a checkpoint; none if it is whole."""
    revision, _, version = item["sk"]["S"].removeprefix("checkpoint#").rpartition("#")
    number = int(item["pieces"]["N"]) if "pieces" in item else 0
    return [key(stream, piece_sk(revision, int(version), each)) for each in range(number)]


def checkpoint_record(stream: Stream, item: Item, pieces: Sequence[Item] = ()) -> Checkpoint:
    """Read a checkpoint from its item, and from its pieces in order if it has some."""
    sk = item["sk"]["S"]
    try:
        revision, _, version = sk.removeprefix("checkpoint#").rpartition("#")
        if "pieces" in item:
            content = b"".join(
                bytes(pieces[number]["state"]["B"]) for number in range(int(item["pieces"]["N"]))
            )
            state = content if item["kind"]["S"] == "B" else content.decode()
            item = {**item, "state": {item["kind"]["S"]: state}}
        return Checkpoint(stream, int(version), revision, unpack(item["state"]))
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise corrupt(stream, sk, error) from error
