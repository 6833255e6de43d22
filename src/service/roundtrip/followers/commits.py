"""Reads commits from the records of the table's stream. Pure."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.errors import CorruptItem
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Commit, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip.storage.dynamodb.items import Item

_SK: Final = re.compile(r"commit#([0-9]{12})")


class Delivered(NamedTuple):
    """A commit as the table's stream delivers it.

    Parameters
    ----------
    sequence_number
        Its place in its shard of the stream.
    commit
        Of a damaged one only the stream, the first version and, unless it is empty, the token are
        right, and its events cannot be read.
    error
        What is wrong with a damaged one.
    """

    sequence_number: str
    commit: Commit
    error: CorruptItem | None = None


def delivered(event: Mapping[str, Any]) -> Iterator[Delivered]:
    """Yield the commits of an event of a DynamoDB stream, in its order.

    Records of items that have not the key of a commit are skipped, and those of commits that are
    deleted.

    Parameters
    ----------
    event
        https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-example.html
    """
    for record in event["Records"]:
        change = record["dynamodb"]
        keys = change["Keys"]
        names = keys["pk"]["S"].split("#")
        found = _SK.fullmatch(keys["sk"]["S"])
        if record["eventName"] != "INSERT" or len(names) != len(Stream._fields) or found is None:
            continue
        number, stream = change["SequenceNumber"], Stream(*names)
        image = change.get("NewImage", {})
        try:
            yield Delivered(number, _commit(stream, image | keys))
        except CorruptItem as error:
            yield Delivered(number, _damaged(stream, int(found[1]), image), error)


def _commit(stream: Stream, image: Item) -> Commit:
    try:
        item = {name: _attribute(value) for name, value in image.items()}
    except (TypeError, ValueError) as error:
        raise items.corrupt(stream, image["sk"]["S"], error) from error
    return items.commit_record(stream, item)


def _damaged(stream: Stream, version: int, image: Item) -> Commit:
    match image:
        case {"token": {"S": str(token)}}:
            pass
        case _:
            token = ""
    return Commit(stream, version, 1, "", "", None, token)


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    # Lambda gives binary attributes as base64.
    return {"B": b64decode(value["B"], validate=True)} if "B" in value else value
