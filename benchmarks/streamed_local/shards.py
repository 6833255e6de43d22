"""Reads a table's stream: its shards, parents before children, each record in its shard's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.streamed_local.records import to_lambda

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
MOST_RECORDS: Final = 1000
"""The most that one ``GetRecords`` gives."""


@dataclass(frozen=True)
class Shard:
    """A part of a stream.

    Parameters
    ----------
    shard_id : str
        Its id.
    parent_id : str or None
        The shard whose records come before its own.
    """

    shard_id: str
    parent_id: str | None


def ready(
    shards: Iterable[Shard], *, started: Collection[str], finished: Collection[str]
) -> list[Shard]:
    """Choose the shards to begin with now.

    A shard waits for its parent, because an item's older changes may be there; a parent that the
    stream no longer lists has been trimmed, and nothing is left to wait for.

    Parameters
    ----------
    shards : Iterable of Shard
        All that the stream lists.
    started, finished : Collection of str
        Ids of those begun with, and of those read to the end.
    """
    listed = {shard.shard_id: shard for shard in shards}
    return [
        shard
        for shard in listed.values()
        if shard.shard_id not in started
        and (shard.parent_id not in listed or shard.parent_id in finished)
    ]


class Stream:
    """A table's stream.

    Parameters
    ----------
    client : DynamoDBStreamsClient
        Used by one thread for each shard at the same time.
    arn : str
        The stream's.
    """

    def __init__(self, client: DynamoDBStreamsClient, arn: str) -> None:
        self.client = client
        self.arn = arn

    def shards(self) -> list[Shard]:
        """List all shards, read to the end or not."""
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
    """Reads one shard, from its oldest record or after a checkpoint.

    Parameters
    ----------
    stream : Stream
        The stream.
    shard_id : str
        The shard.
    after : str or None
        The sequence number to go on after; None: begin with the oldest record there is.

    Attributes
    ----------
    ended : bool
        Whether the shard is closed and all of it was read.
    """

    def __init__(self, stream: Stream, shard_id: str, *, after: str | None = None) -> None:
        self._stream = stream
        self._shard_id = shard_id
        self._after = after
        self._iterator: str | None = None
        self.ended = False

    def read(self, limit: int) -> list[dict[str, Any]]:
        """Read what comes next.

        Parameters
        ----------
        limit : int
            The most records to read.

        Returns
        -------
        list of dict
            The records as a function gets them; empty: there are no new ones now.

        Raises
        ------
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError
            The stream cannot be read.
        """
        client = self._stream.client
        if self._iterator is None:
            self._iterator = self._new_iterator()
        try:
            answer = client.get_records(
                ShardIterator=self._iterator, Limit=min(limit, MOST_RECORDS)
            )
        except client.exceptions.ExpiredIteratorException:
            # An iterator lives for 15 minutes, and a poller may stand still for longer.
            self._iterator = None
            return []
        except client.exceptions.TrimmedDataAccessException:
            # What comes next is older than 24 hours and gone. DynamoDB Local has been seen to say
            # so of a new stream too; from the oldest record there is, nothing is left out.
            self._iterator = self._after = None
            return []
        records = [to_lambda(record, self._stream.arn) for record in answer["Records"]]
        if records:
            self._after = str(records[-1]["dynamodb"]["SequenceNumber"])
        self._iterator = answer.get("NextShardIterator")
        self.ended = self._iterator is None
        return records

    def _new_iterator(self) -> str:
        arguments: dict[str, Any] = {"StreamArn": self._stream.arn, "ShardId": self._shard_id}
        if self._after is None:
            arguments["ShardIteratorType"] = "TRIM_HORIZON"
        else:
            arguments |= {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "SequenceNumber": self._after,
            }
        return self._stream.client.get_shard_iterator(**arguments)["ShardIterator"]
