"""Converts records to DynamoDB items and back. Pure.

==========  ===========================  ================================  =======================
item        pk                           sk                                further attributes
==========  ===========================  ================================  =======================
head        ``{namespace}#{store}#{id}`` ``head``                          version, state, revision,
                                                                           createdAt, updatedAt,
                                                                           replayBytes, left,
                                                                           listPk, listSk
commit      same                         ``commit#{first, 12 digits}``     actions, count,
                                                                           recordedAt, actor, token
receipt     same                         ``receipt#{caller}#{key}``        fingerprint, outcomes,
                                                                           firstVersion, expiresAt
checkpoint  same                         ``checkpoint#{revision}#``        state, or pieces
                                         ``{version, 12 digits}``
piece       same                         ``piece#{revision}#{version}#``   state
                                         ``{number}``
effect      same                         ``effect#{listener}#``            token, expiresAt
                                         ``{version, 12 digits}#{key}``
part        same                         ``part#{slice}#rest``,            version, text
                                         ``part#{slice}#{bucket}``
==========  ===========================  ================================  =======================

``listPk`` and ``listSk`` are the keys of the sparse index ``byCreation``. They are set when a
stream is created and removed when it is deleted; no write in between changes the index.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip.errors import CorruptItem, EntityTooLarge, StateTooLarge
from roundtrip.limits import (
    MAX_BUCKET_BYTES,
    MAX_DIVIDED_BYTES,
    MAX_ITEM_BYTES,
    MAX_STATE_BYTES,
    PAGE_BYTES,
)
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.parts import REST, PartKey, packed
from roundtrip.storage.dynamodb.texts import TOO_LARGE, pack, text_of, unpack, value_bytes
from roundtrip.storage.records import (
    Commit,
    Damaged,
    Head,
    HeadPage,
    Part,
    Receipt,
    Stream,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

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
# Upper bound for all other attributes: keys, names, an actor, a revision of many slices, what a
# commit touched.
_OTHERS_BYTES: Final = 100 * 1024


def pk(stream: Stream) -> str:
    """Return the partition key of a stream."""
    return f"{stream.namespace}#{stream.store}#{stream.id}"


def commit_sk(version: int) -> str:
    """Return the sort key of the commit that starts at a version."""
    return f"commit#{version:012d}"


def receipt_sk(key: str) -> str:
    """Return the sort key of a receipt."""
    return f"receipt#{key}"


def part_sk(part: PartKey) -> str:
    """Return the sort key of a part."""
    return f"part#{part.slice}#{'rest' if part.bucket == REST else f'{part.bucket:02d}'}"


def part_key(sk: str) -> PartKey:
    """Return the part of a sort key.

    Raises
    ------
    ValueError
        If it has another form.
    """
    name, _, bucket = sk.removeprefix("part#").rpartition("#")
    return PartKey(name, REST if bucket == "rest" else int(bucket))


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
    if head.left:
        item["left"] = {"S": encode([list(part) for part in head.left])}
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
            state_text="" if "manifest" in item else unpack(item["state"]),
            revision=item["revision"]["S"],
            created_at=item["createdAt"]["S"],
            updated_at=item["updatedAt"]["S"],
            replay_bytes=int(item["replayBytes"]["N"]),
            manifest_text=unpack(item["manifest"]) if "manifest" in item else None,
            left=_left(item["left"]["S"]) if "left" in item else (),
        )
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise corrupt(stream, HEAD_SK, error) from error


def commit_item(commit: Commit) -> Item:
    """Convert a commit to an item."""
    item = {
        **key(commit.stream, commit_sk(commit.first_version)),
        "actions": pack("actions", commit.actions_text, MAX_STATE_BYTES),
        "count": {"N": str(commit.applied)},
        "recordedAt": {"S": commit.recorded_at},
        "token": {"S": commit.token},
    }
    if commit.actor is not None:
        item["actor"] = {"S": commit.actor}
    if commit.touched_text is not None:
        item["touched"] = pack("touched", commit.touched_text, MAX_STATE_BYTES)
    return item


def commit_record(stream: Stream, item: Item) -> Commit:
    """Read a commit from its item."""
    sk = item["sk"]["S"]
    try:
        return Commit(
            stream=stream,
            first_version=int(sk.removeprefix("commit#")),
            applied=int(item["count"]["N"]),
            actions_text=unpack(item["actions"], parsed_later=True),
            recorded_at=item["recordedAt"]["S"],
            actor=item["actor"]["S"] if "actor" in item else None,
            token=item["token"]["S"],
            touched_text=unpack(item["touched"]) if "touched" in item else None,
        )
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise corrupt(stream, sk, error) from error


def receipt_item(receipt: Receipt) -> Item:
    """Convert a receipt to an item."""
    return {
        **key(receipt.stream, receipt_sk(receipt.key)),
        "fingerprint": {"S": receipt.fingerprint},
        "firstVersion": {"N": str(receipt.first_version)},
        "outcomes": pack("outcomes", receipt.outcomes_text, MAX_STATE_BYTES),
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
            outcomes_text=unpack(item["outcomes"]),
            expires_at_s=int(item["expiresAt"]["N"]),
        )
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise corrupt(stream, sk, error) from error


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
        "text": pack("text", part.text, MAX_STATE_BYTES if rest else MAX_DIVIDED_BYTES, small=True),
    }
    if (size_bytes := item_bytes(item)) <= MAX_ITEM_BYTES:
        return item
    if rest:
        what = f"What is no entity of {part.key.slice}, as stored,"
        raise StateTooLarge(what, size_bytes=size_bytes, limit_bytes=MAX_ITEM_BYTES)
    lines = part.text.split("\n")
    largest = max(lines, key=len)
    if (alone := len(packed(largest.encode()))) > MAX_BUCKET_BYTES:
        what = f"The entity {largest.split(chr(9))[1]:.200} of {part.key.slice}, as stored,"
        raise EntityTooLarge(what, size_bytes=alone, limit_bytes=MAX_BUCKET_BYTES)
    raise StateTooLarge(
        f"Part {part.key.bucket} of {part.key.slice}, with {len(lines)} entities, as stored,",
        size_bytes=size_bytes,
        limit_bytes=MAX_ITEM_BYTES,
        advice="No other part has room for one of them. Make entities smaller, or remove some.",
    )


def part_record(stream: Stream, item: Item) -> Part:
    """Read a part from its item."""
    sk = item["sk"]["S"]
    try:
        return Part(part_key(sk), int(item["version"]["N"]), text_of(item["text"]))
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise corrupt(stream, sk, error) from error


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
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def _content(head: Head) -> Item:
    if head.manifest_text is None:
        return {"state": pack("state", head.state_text, MAX_STATE_BYTES)}
    return {"manifest": pack("manifest", head.manifest_text, MAX_STATE_BYTES)}


def _left(text: str) -> tuple[PartKey, ...]:
    return tuple(PartKey(name, int(bucket)) for name, bucket in decode(text))


def check_item(kind: str, item: Item) -> None:
    """Refuse an item that exceeds `MAX_ITEM_BYTES`.

    Raises
    ------
    TooLarge
        As its kind has it.
    """
    # All other attributes are small, so most items need not be measured.
    text = item.get("manifest") or item[_TEXTS[kind]]
    if value_bytes(text) <= MAX_ITEM_BYTES - _OTHERS_BYTES:
        return
    if (size_bytes := item_bytes(item)) > MAX_ITEM_BYTES:
        refusal = TOO_LARGE.get(kind, StateTooLarge)
        raise refusal(
            f"The {_NAMES[kind]} as stored", size_bytes=size_bytes, limit_bytes=MAX_ITEM_BYTES
        )


def corrupt(stream: Stream, sk: str, error: Exception) -> CorruptItem:
    """Return the error for an item of another form, with the advice what to do."""
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
