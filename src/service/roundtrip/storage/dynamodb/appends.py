"""The items of a transaction, and what it costs. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from roundtrip.errors import ChangesTooLarge
from roundtrip.limits import MAX_TRANSACTION_BYTES
from roundtrip.storage.dynamodb.checkpoints import checkpoint_item
from roundtrip.storage.dynamodb.items import (
    check_item,
    commit_item,
    head_item,
    item_bytes,
    part_item,
    receipt_item,
)

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Append


def append_items(append: Append) -> list[Item]:
    """Build the items of a transaction: commit, head, and the others as far as there are some.

    Raises
    ------
    TooLarge
        If an item exceeds `MAX_ITEM_BYTES`, or a text `MAX_STATE_BYTES`.
    """
    items = {"commit": commit_item(append.commit), "head": head_item(append.head)}
    if append.receipt is not None:
        items["receipt"] = receipt_item(append.receipt)
    for kind, item in items.items():
        check_item(kind, item)
    if append.checkpoint is not None:
        items["checkpoint"] = checkpoint_item(append.checkpoint)
    parts = [part_item(append.head.stream, part) for part in append.parts]
    found = [*items.values(), *parts]
    if parts and (size_bytes := sum(map(item_bytes, found))) > MAX_TRANSACTION_BYTES:
        raise ChangesTooLarge(
            "What the request changes, as stored,",
            size_bytes=size_bytes,
            limit_bytes=MAX_TRANSACTION_BYTES,
        )
    return found


def write_units(append: Append) -> int:
    """Return the write request units of a transaction on the table: two per started KB of an item.

    The first and the last write of a stream each cost one more unit, on the index.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    return sum(2 * math.ceil(item_bytes(item) / 1024) for item in append_items(append))
