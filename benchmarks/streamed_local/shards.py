"""Reads a table's stream: its shards, parents before children, each record in its shard's order."""

import base64
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
_MOST_RECORDS: Final = 1000


class Shard(NamedTuple):
    """A part of a stream."""

    shard_id: str
    parent_id: str | None
    """The shard with the records before this one's."""


def ready(
    shards: Iterable[Shard], *, started: Collection[str], finished: Collection[str]
) -> list[Shard]:
    """Choose the listed shards to start reading now; the others are given by their ids.

    A shard waits for its parent, which may hold older changes of the same items. A parent that the
    stream no longer lists was trimmed, so there is nothing to wait for.
    """
    listed = {shard.shard_id: shard for shard in shards}
    return [
        shard
        for shard in listed.values()
        if shard.shard_id not in started
        and (shard.parent_id not in listed or shard.parent_id in finished)
    ]


class Stream(NamedTuple):
    """A table's stream; one thread for each shard uses the client."""

    client: DynamoDBStreamsClient
    arn: str

    def shards(self) -> list[Shard]:
        """List all shards, also those that were read to the end."""
        found: list[Shard] = []
        arguments: dict[str, Any] = {"StreamArn": self.arn}
        while True:
            description = self.client.describe_stream(**arguments)["StreamDescription"]
            found += [
                Shard(shard["ShardId"], shard.get("ParentShardId"))
                for shard in description["Shards"]
            ]
            last_id = description.get("LastEvaluatedShardId")
            if last_id is None:
                return found
            arguments["ExclusiveStartShardId"] = last_id


class ShardReader:
    """Reads one shard from its oldest record on.

    It has `ended` when the shard is closed and was read to the end.
    """

    def __init__(self, stream: Stream, shard_id: str) -> None:
        self._stream = stream
        self._shard_id = shard_id
        self._after: str | None = None
        self._iterator: str | None = None
        self.ended = False

    def read(self, limit: int) -> list[dict[str, Any]]:
        """Read the next records, at most ``limit``; empty if there are no new ones.

        The errors of the SDK pass through (`ClientError`, `BotoCoreError`).
        """
        client = self._stream.client
        if self._iterator is None:
            self._iterator = self._new_iterator()
        try:
            answer = client.get_records(
                ShardIterator=self._iterator, Limit=min(limit, _MOST_RECORDS)
            )
        except client.exceptions.ExpiredIteratorException:
            # An iterator lives for 15 minutes, and a poller may be paused for longer.
            self._iterator = None
            return []
        except client.exceptions.TrimmedDataAccessException:
            # The next records are older than 24 hours and gone. DynamoDB Local sometimes reports
            # this for a new stream too. Starting with the oldest record leaves nothing out.
            self._iterator = self._after = None
            return []
        records = [to_lambda(record, self._stream.arn) for record in answer["Records"]]
        if records:
            self._after = str(records[-1]["dynamodb"]["SequenceNumber"])
        self._iterator = answer.get("NextShardIterator")
        self.ended = self._iterator is None
        return records

    def _new_iterator(self) -> str:
        arguments: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._after is not None:
            arguments = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "SequenceNumber": self._after,
            }
        return self._stream.client.get_shard_iterator(
            StreamArn=self._stream.arn, ShardId=self._shard_id, **arguments
        )["ShardIterator"]


def to_lambda(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Convert a record of ``GetRecords`` to an element of an event's ``Records``.

    It becomes plain JSON: binary values as Base64, times as seconds since 1970. The form is shown
    at https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
    """
    made: dict[str, Any] = {**_plain(record), "eventSourceARN": stream_arn}
    if "userIdentity" in made:  # Of a deletion by TTL; Lambda writes its names in lower case.
        identity = made["userIdentity"]
        made["userIdentity"] = {
            name[0].lower() + name[1:]: value for name, value in identity.items()
        }
    return made


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.timestamp()
        case _:
            return value
