"""Reads commits from the records of the table's stream. Pure."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.errors import CorruptItem, CorruptRecord
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Commit

_PREFIX: Final = "commit#"


class Delivered(NamedTuple):
    """A commit as the table's stream delivers it.

    Parameters
    ----------
    sequence_number
        Its place in its shard of the stream.
    """

    sequence_number: str
    commit: Commit


def delivered(event: Mapping[str, Any]) -> Iterator[Delivered]:
    """Yield the commits of an event of a DynamoDB stream, in its order.

    Records of other items, and of commits that are deleted, are skipped.

    Parameters
    ----------
    event
        https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-example.html

    Raises
    ------
    CorruptRecord
        At a commit that cannot be read.
    """
    for record in event["Records"]:
        change = record["dynamodb"]
        keys = change["Keys"]
        if record["eventName"] != "INSERT" or not keys["sk"]["S"].startswith(_PREFIX):
            continue
        number = change["SequenceNumber"]
        try:
            yield Delivered(number, _commit(keys, change.get("NewImage", {})))
        except CorruptItem as error:
            raise CorruptRecord(str(error), sequence_number=number) from error


def _commit(keys: Item, image: Item) -> Commit:
    pk, sk = keys["pk"]["S"], keys["sk"]["S"]
    names = pk.split("#")
    if len(names) != len(Stream._fields):
        raise CorruptItem(f"Item {sk} of {pk!r:.200} belongs to no stream.")
    stream = Stream(*names)
    try:
        item = {name: _attribute(value) for name, value in (image | keys).items()}
    except (TypeError, ValueError) as error:
        raise items.corrupt(stream, sk, error) from error
    return items.commit_record(stream, item)


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    # Lambda gives binary attributes as base64.
    return {"B": b64decode(value["B"], validate=True)} if "B" in value else value
