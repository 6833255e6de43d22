"""The log in a DynamoDB table."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import Unavailable
from roundtrip.limits import LAST_VERSION
from roundtrip.storage.dynamodb import items, requests
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage, connect
from roundtrip.storage.dynamodb.client import Refused
from roundtrip_devtools.logs.log import Found, kept, stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip.redux.parts import PartKey
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Head, Stream
    from roundtrip_devtools.logs.log import Kept

_SEGMENTS: Final = 8
# A transaction on the same item ends within milliseconds, throttling within a minute.
_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6)


class Table(DynamoDBStorage):
    """Reads the streams of a table, replaces heads, and deletes checkpoints.

    Region, endpoint and credentials come from the environment, by default that of this process, or
    from the files of AWS's SDKs.
    """

    def __init__(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        self._name = name
        super().__init__(connect(environment), name)

    def found(self) -> Iterator[Found]:
        """Return all streams, by a scan in segments; the order is that of hashes of the keys."""
        without_head: dict[str, Found] = {}
        request = {
            # The first commit shows a stream whose head is missing; it sorts before the head.
            "FilterExpression": "sk IN (:head, :first)",
            "ExpressionAttributeValues": {
                ":head": {"S": items.HEAD_SK},
                ":first": {"S": items.commit_sk(1)},
            },
            "ProjectionExpression": "pk, sk, version, revision, updatedAt",
        }
        for item in self._scan(request):
            pk = item["pk"]["S"]
            stream = stream_of(pk)
            if stream is None:
                continue
            if item["sk"]["S"] == items.HEAD_SK:
                without_head.pop(pk, None)
                yield _found(stream, item)
            else:
                without_head[pk] = Found(stream)
        yield from without_head.values()

    def _scan(self, request: requests.Request) -> Iterator[Item]:
        whole = {"TableName": self._name, "TotalSegments": _SEGMENTS, **request}

        def page(position: dict[str, Any]) -> dict[str, Any]:
            return self._call("Scan", whole | position)

        waiting: list[dict[str, Any]] = [{"Segment": number} for number in range(_SEGMENTS)]
        with ThreadPoolExecutor(_SEGMENTS) as threads:
            while waiting:
                pages = list(threads.map(page, waiting))
                yield from (item for one in pages for item in one["Items"])
                waiting = [
                    {**position, "ExclusiveStartKey": one["LastEvaluatedKey"]}
                    for position, one in zip(waiting, pages, strict=True)
                    if "LastEvaluatedKey" in one
                ]

    def checkpoints(self, stream: Stream, revision: str) -> Iterator[Kept]:
        """Return all checkpoints of a revision, oldest first."""
        request = requests.query_checkpoint(self._name, stream, revision, LAST_VERSION)
        del request["Limit"], request["ScanIndexForward"]
        for item in self._query(request):
            yield kept(stream, item, self._pieces(stream, item))

    def delete_checkpoint(self, stream: Stream, sk: str) -> None:
        """Delete a checkpoint; a replay then starts at an earlier one."""
        self._call("DeleteItem", {"TableName": self._name, "Key": items.key(stream, sk)})

    def parts_found(self, stream: Stream) -> tuple[PartKey, ...]:
        """Return the parts of states that have items, whether or not a head names them."""
        return tuple(
            items.part_key(item["sk"]["S"])
            for item in self._query(requests.query_parts(self._name, stream))
        )

    def head_item(self, stream: Stream) -> Item | None:
        """Return the item of a head as it is stored, even if it is damaged."""
        return self._get(stream, items.HEAD_SK)

    def replace_head(self, head: Head, read: Item | None) -> bool:
        """Write a head if the stored one is still the item that was read.

        Every append replaces the head, so no append can have come in between.

        Returns
        -------
        bool
            Whether it was written.
        """
        conditions, names, values = ["attribute_not_exists(pk)"], {}, {}
        if read is not None:
            attributes = {"version", "state", "revision", "updatedAt", *read} - {"pk", "sk"}
            conditions = []
            for number, name in enumerate(sorted(attributes)):
                names[f"#n{number}"] = name
                if name in read:
                    values[f":v{number}"] = read[name]
                    conditions.append(f"#n{number} = :v{number}")
                else:
                    conditions.append(f"attribute_not_exists(#n{number})")
        request: requests.Request = {
            "TableName": self._name,
            "Item": items.head_item(head),
            "ConditionExpression": " AND ".join(conditions),
        }
        if names:
            request["ExpressionAttributeNames"] = names
        if values:
            request["ExpressionAttributeValues"] = values
        try:
            self._call("PutItem", request)
        except Refused as refused:
            if refused.code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _call(self, operation: str, request: requests.Request) -> dict[str, Any]:
        """Repeat a call as long as DynamoDB cannot answer it; nobody waits for a single one."""
        for pause_s in _PAUSES_S:
            try:
                return super()._call(operation, request)
            except Unavailable:
                time.sleep(pause_s)
        return super()._call(operation, request)


def _found(stream: Stream, item: Item) -> Found:
    version = item.get("version", {}).get("N", "")
    return Found(
        stream,
        int(version) if version.isdecimal() else None,
        item.get("revision", {}).get("S"),
        item.get("updatedAt", {}).get("S"),
    )
