"""Converts records to DynamoDB items and back. Pure.

==========  ===========================  ================================  =======================
item        pk                           sk                                further attributes
==========  ===========================  ================================  =======================
head        ``{namespace}#{store}#{id}`` ``head``                          version, state, revision,
                                                                           createdAt, updatedAt,
                                                                           replayBytes, listPk,
                                                                           listSk
commit      same                         ``commit#{first, 12 digits}``     actions, count,
                                                                           recordedAt, actor, token
receipt     same                         ``receipt#{caller}#{key}``        fingerprint, outcomes,
                                                                           firstVersion, expiresAt
checkpoint  same                         ``checkpoint#{revision}#``        state, or pieces
                                         ``{version, 12 digits}``
piece       same                         ``piece#{revision}#{version}#``   state
                                         ``{number}``
part        same                         ``part#{slice}#rest``,            version, text
                                         ``part#{slice}#{bucket}``
==========  ===========================  ================================  =======================

``listPk`` and ``listSk`` are the keys of the sparse index ``byCreation``. They are set when a
stream is created and removed when it is deleted; no write in between changes the index.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip.errors import (
    ChangesTooLarge,
    CorruptItem,
    EntityTooLarge,
    StateTooLarge,
    TooLarge,
)
from roundtrip.limits import (
    MAX_DIVIDED_BYTES,
    MAX_ITEM_BYTES,
    MAX_STATE_BYTES,
    MAX_TRANSACTION_BYTES,
    PAGE_BYTES,
)
from roundtrip.redux.jsontext import check_stored
from roundtrip.redux.parts import REST, PartKey
from roundtrip.storage.records import (
    Checkpoint,
    Commit,
    Damaged,
    Head,
    HeadPage,
    Part,
    Receipt,
    Stream,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from roundtrip.storage.records import Append

Item: TypeAlias = dict[str, dict[str, Any]]
"""An item of the low-level API: attribute names mapped to ``{type: value}``."""

HEAD_SK: Final = "head"

# The attribute of each item that may be large, and the item's name in error messages.
_TEXTS: Final = {
    "commit": "actions",
    "head": "state",
    "receipt": "outcomes",
    "checkpoint": "state",
}
_NAMES: Final = {"commit": "commit", "head": "state", "receipt": "receipt", "checkpoint": "state"}
_TOO_LARGE: Final[dict[str, type[TooLarge]]] = {
    "commit": ChangesTooLarge,
    "actions": ChangesTooLarge,
    "outcomes": ChangesTooLarge,
    "receipt": ChangesTooLarge,
    "touched": ChangesTooLarge,
}
# Upper bound for all other attributes: keys, names, an actor, a revision of many slices.
_OTHERS_BYTES: Final = 100 * 1024
_ENDS: Final = ("{}", "[]")
_CHECKED_CHARACTERS: Final = 4096
_PIECE_BYTES: Final = 350 * 1024
_COMPRESS_FROM_BYTES: Final = 512
# Level 3 saves nearly as much as the default level 6 in a third of the time. A window of 8 KB needs
# little memory, whose allocation would take longer than to compress a small text.
# https://zlib.net/manual.html#Advanced
_LEVEL, _WINDOW_BITS, _MEMORY_LEVEL = 3, 13, 6
# Upper bound: DynamoDB stores two digits per byte and at most 38 digits.
_NUMBER_BYTES: Final = 21


def pk(stream: Stream) -> str:
    """Return the partition key of a stream."""
    return f"{stream.namespace}#{stream.store}#{stream.id}"


def commit_sk(version: int) -> str:
    """Return the sort key of the commit that starts at a version."""
    return f"commit#{version:012d}"


def receipt_sk(key: str) -> str:
    """Return the sort key of a receipt."""
    return f"receipt#{key}"


def checkpoint_sk(revision: str, version: int) -> str:
    """Return the sort key of a checkpoint."""
    return f"checkpoint#{revision}#{version:012d}"


def part_sk(part: PartKey) -> str:
    """Return the sort key of a part."""
    return f"part#{part.slice}#{'rest' if part.bucket == REST else f'{part.bucket:02d}'}"


def list_pk(namespace: str, store: str) -> str:
    """Return the partition key of a store in the index."""
    return f"{namespace}#{store}"


def list_sk(head: Head) -> str:
    """Return the sort key of a stream in the index, unique within its store."""
    return f"{head.created_at}#{head.stream.id}"


def key(stream: Stream, sk: str) -> Item:
    """Return the primary key of an item."""
    return {"pk": {"S": pk(stream)}, "sk": {"S": sk}}


def head_item(head: Head) -> Item:
    """Convert a head to an item."""
    item = {
        **key(head.stream, HEAD_SK),
        "version": {"N": str(head.version)},
        **_content(head),
        "revision": {"S": head.revision},
        "createdAt": {"S": head.created_at},
        "updatedAt": {"S": head.updated_at},
        "replayBytes": {"N": str(head.replay_bytes)},
    }
    if not head.deleted:
        item["listPk"] = {"S": list_pk(head.stream.namespace, head.stream.store)}
        item["listSk"] = {"S": list_sk(head)}
    return item


def head_record(stream: Stream, item: Item) -> Head:
    """Read a head from its item."""
    try:
        return Head(
            stream=stream,
            version=int(item["version"]["N"]),
            state_text="" if "manifest" in item else _unpack(item["state"]),
            revision=item["revision"]["S"],
            created_at=item["createdAt"]["S"],
            updated_at=item["updatedAt"]["S"],
            replay_bytes=int(item["replayBytes"]["N"]),
            manifest_text=_unpack(item["manifest"]) if "manifest" in item else None,
        )
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise _corrupt(stream, HEAD_SK, error) from error


def commit_item(commit: Commit) -> Item:
    """Convert a commit to an item."""
    item = {
        **key(commit.stream, commit_sk(commit.first_version)),
        "actions": _pack("actions", commit.actions_text, MAX_STATE_BYTES),
        "count": {"N": str(commit.applied)},
        "recordedAt": {"S": commit.recorded_at},
        "token": {"S": commit.token},
    }
    if commit.actor is not None:
        item["actor"] = {"S": commit.actor}
    if commit.touched_text is not None:
        item["touched"] = _pack("touched", commit.touched_text, MAX_STATE_BYTES)
    return item


def commit_record(stream: Stream, item: Item) -> Commit:
    """Read a commit from its item."""
    sk = item["sk"]["S"]
    try:
        return Commit(
            stream=stream,
            first_version=int(sk.removeprefix("commit#")),
            applied=int(item["count"]["N"]),
            actions_text=_unpack(item["actions"], parsed_later=True),
            recorded_at=item["recordedAt"]["S"],
            actor=item["actor"]["S"] if "actor" in item else None,
            token=item["token"]["S"],
            touched_text=_unpack(item["touched"]) if "touched" in item else None,
        )
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise _corrupt(stream, sk, error) from error


def receipt_item(receipt: Receipt) -> Item:
    """Convert a receipt to an item."""
    return {
        **key(receipt.stream, receipt_sk(receipt.key)),
        "fingerprint": {"S": receipt.fingerprint},
        "firstVersion": {"N": str(receipt.first_version)},
        "outcomes": _pack("outcomes", receipt.outcomes_text, MAX_STATE_BYTES),
        "expiresAt": {"N": str(receipt.expires_at_s)},
    }


def receipt_record(stream: Stream, item: Item) -> Receipt:
    """Read a receipt from its item."""
    sk = item["sk"]["S"]
    try:
        return Receipt(
            stream=stream,
            key=sk.removeprefix("receipt#"),
            fingerprint=item["fingerprint"]["S"],
            first_version=int(item["firstVersion"]["N"]),
            outcomes_text=_unpack(item["outcomes"]),
            expires_at_s=int(item["expiresAt"]["N"]),
        )
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise _corrupt(stream, sk, error) from error


def checkpoint_item(checkpoint: Checkpoint) -> Item:
    """Convert a checkpoint to an item.

    Raises
    ------
    TooLarge
        If it exceeds `MAX_ITEM_BYTES`.
    """
    item = {
        **key(checkpoint.stream, checkpoint_sk(checkpoint.revision, checkpoint.version)),
        "state": _pack("state", checkpoint.state_text, MAX_STATE_BYTES),
    }
    _check_item("checkpoint", item)
    return item


def checkpoint_items(checkpoint: Checkpoint) -> list[Item]:
    """Convert a checkpoint to items: its pieces, if one item is too small, and itself last."""
    packed = _pack("state", checkpoint.state_text, MAX_DIVIDED_BYTES)
    if _value_bytes(packed) <= _PIECE_BYTES:
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
        return Checkpoint(stream, int(version), revision, _unpack(item["state"]))
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise _corrupt(stream, sk, error) from error


def part_item(stream: Stream, part: Part) -> Item:
    """Convert a part to an item.

    Raises
    ------
    EntityTooLarge, StateTooLarge
        If it exceeds `MAX_ITEM_BYTES`.
    """
    rest = part.key.bucket == REST
    item = {
        **key(stream, part_sk(part.key)),
        "version": {"N": str(part.version)},
        "text": _pack("text", part.text, MAX_STATE_BYTES if rest else MAX_DIVIDED_BYTES),
    }
    if (size_bytes := item_bytes(item)) <= MAX_ITEM_BYTES:
        return item
    refusal: type[TooLarge] = StateTooLarge
    what = f"What is no entity of {part.key.slice}"
    if not rest:
        # The largest line is the culprit: many small ones are cut into more parts.
        line = max(part.text.split("\n"), key=len).split("\t")
        what, refusal = f"The entity {line[1]:.200} of {part.key.slice}", EntityTooLarge
    raise refusal(f"{what}, as stored,", size_bytes=size_bytes, limit_bytes=MAX_ITEM_BYTES)


def part_record(stream: Stream, item: Item) -> Part:
    """Read a part from its item."""
    sk = item["sk"]["S"]
    try:
        name, _, bucket = sk.removeprefix("part#").rpartition("#")
        number = REST if bucket == "rest" else int(bucket)
        text = _text_of(item["text"])
        return Part(PartKey(name, number), int(item["version"]["N"]), text)
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise _corrupt(stream, sk, error) from error


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
        _check_item(kind, item)
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


def cut_page(heads: Iterable[tuple[str, Head | Damaged]], limit: int) -> HeadPage:
    """Return a page of the first ``limit`` heads, or fewer if they exceed `PAGE_BYTES`.

    Parameters
    ----------
    heads
        Each with its sort key in the index.
    """
    page: list[Head | Damaged] = []
    page_bytes = 0
    last = None
    for sk, head in heads:
        page_bytes += 0 if isinstance(head, Damaged) else len(head.state_text.encode())
        if page and (len(page) == limit or page_bytes > PAGE_BYTES):
            return HeadPage(page, last)
        page.append(head)
        last = sk
    return HeadPage(page, None)


def item_bytes(item: Item) -> int:
    """Return the size for which DynamoDB limits and bills an item, in bytes, rounded up.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _content(head: Head) -> Item:
    if head.manifest_text is None:
        return {"state": _pack("state", head.state_text, MAX_STATE_BYTES)}
    return {"manifest": _pack("manifest", head.manifest_text, MAX_STATE_BYTES)}


def _check_item(kind: str, item: Item) -> None:
    # All other attributes are small, so most items need not be measured.
    text = item.get("manifest") or item[_TEXTS[kind]]
    if _value_bytes(text) <= MAX_ITEM_BYTES - _OTHERS_BYTES:
        return
    if (size_bytes := item_bytes(item)) > MAX_ITEM_BYTES:
        refusal = _TOO_LARGE.get(kind, StateTooLarge)
        raise refusal(
            f"The {_NAMES[kind]} as stored", size_bytes=size_bytes, limit_bytes=MAX_ITEM_BYTES
        )


def write_units(append: Append) -> int:
    """Return the write request units of a transaction on the table: two per started KB of an item.

    The first and the last write of a stream each cost one more unit, on the index.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    return sum(2 * math.ceil(item_bytes(item) / 1024) for item in append_items(append))


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return _NUMBER_BYTES
    return len(content.encode()) if kind == "S" else len(content)


def _pack(what: str, text: str, limit_bytes: int) -> dict[str, Any]:
    plain = text.encode()
    if len(plain) > limit_bytes:
        refusal = _TOO_LARGE.get(what, StateTooLarge)
        raise refusal(f"The {what}", size_bytes=len(plain), limit_bytes=limit_bytes)
    if len(plain) >= _COMPRESS_FROM_BYTES:
        packed = _compressed(plain)
        if len(packed) < len(plain):
            return {"B": packed}
    return {"S": text}


def _compressed(plain: bytes) -> bytes:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
    return compressor.compress(plain) + compressor.flush()


def _text_of(attribute: dict[str, Any]) -> str:
    if "B" in attribute:
        # The compression has a checksum.
        return zlib.decompress(bytes(attribute["B"])).decode()
    text: str = attribute["S"]
    return text


def _unpack(attribute: dict[str, Any], *, parsed_later: bool = False) -> str:
    text = _text_of(attribute)
    if "B" in attribute:
        return text
    # A larger one takes long to parse; its ends show whether it is cut off or was never JSON.
    unknown = text[:1] + text[-1:] not in _ENDS
    if unknown or (len(text) <= _CHECKED_CHARACTERS and not parsed_later):
        check_stored(text)
    return text


def _corrupt(stream: Stream, sk: str, error: Exception) -> CorruptItem:
    if sk == HEAD_SK:
        advice = "`roundtrip repair` rebuilds it from the events"
    elif sk.startswith("checkpoint#"):
        advice = "`roundtrip repair` deletes it"
    else:
        advice = "restore it from a backup of the table"
    return CorruptItem(
        f"{stream.label}: Roundtrip did not write item {sk} in this form "
        f"({type(error).__name__}: {error}); {advice}."
    )
