"""Reads the stream of a table: its shards, in the order of their records."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

    from roundtrip_devtools.following.database import Database

_LISTED_EVERY_S: Final = 5.0


class Batch(NamedTuple):
    """Records of a shard, as GetRecords returns them; at least one."""

    shard: str
    records: list[dict[str, Any]]
    next_iterator: str | None


class Shards:
    """Reads a stream from where it was read last, or from its beginning.

    A shard is read after its parent:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html#Streams.Processing

    Parameters
    ----------
    stream
        Its ARN.
    database
        Keeps how far the stream was read.
    """

    def __init__(self, client: DynamoDBStreamsClient, stream: str, database: Database) -> None:
        self._client = client
        self._stream = stream
        self._database = database
        self._parents: dict[str, str | None] = {}
        self._iterators: dict[str, str] = {}
        self._finished: set[str] = set()
        self._listed_at_s = float("-inf")

    def read(self) -> Iterator[Batch]:
        """Yield the next records of each shard. `settle` each batch before the next.

        Raises
        ------
        BotoCoreError, ClientError
            If the engine does not answer, or the stream is gone.
        """
        if time.monotonic() - self._listed_at_s > _LISTED_EVERY_S:
            self._list()
        for shard, parent in list(self._parents.items()):
            if shard in self._finished or (
                parent in self._parents and parent not in self._finished
            ):
                continue
            batch = self._next(shard)
            if batch is None:
                continue
            if batch.records:
                yield batch
            else:
                self._go_on(batch)

    def settle(self, batch: Batch, taken: int) -> None:
        """Go on after the first records of a batch; the others are read again."""
        if taken:
            sequence = batch.records[taken - 1]["dynamodb"]["SequenceNumber"]
            self._database.run(
                "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)",
                *(self._stream, batch.shard, sequence),
            )
        if taken == len(batch.records):
            self._go_on(batch)
        else:
            self._iterators.pop(batch.shard, None)

    def _go_on(self, batch: Batch) -> None:
        if batch.next_iterator is None:
            self._iterators.pop(batch.shard, None)
            self._finished.add(batch.shard)
            # Its children come next.
            self._listed_at_s = float("-inf")
        else:
            self._iterators[batch.shard] = batch.next_iterator

    def _list(self) -> None:
        found: dict[str, str | None] = {}
        page: dict[str, Any] = {}
        while True:
            answer = self._client.describe_stream(StreamArn=self._stream, **page)
            description = answer["StreamDescription"]
            for shard in description["Shards"]:
                found[shard["ShardId"]] = shard.get("ParentShardId")
            last = description.get("LastEvaluatedShardId")
            if not last:
                break
            page = {"ExclusiveStartShardId": last}
        self._parents = found
        self._finished &= found.keys()
        self._listed_at_s = time.monotonic()

    def _next(self, shard: str) -> Batch | None:
        errors = self._client.exceptions
        try:
            iterator = self._iterators.get(shard) or self._iterator(shard)
            answer = self._client.get_records(ShardIterator=iterator)
        except errors.ExpiredIteratorException:
            self._iterators.pop(shard, None)
        except errors.TrimmedDataAccessException:
            # What follows the position is gone. What is left comes after it.
            self._iterators.pop(shard, None)
            self._forget(shard)
        except errors.ResourceNotFoundException:
            # The shard was trimmed, or the stream is gone, which the list will say.
            self._iterators.pop(shard, None)
            self._listed_at_s = float("-inf")
        else:
            records: list[Any] = answer["Records"]
            return Batch(shard, records, answer.get("NextShardIterator"))
        return None

    def _iterator(self, shard: str) -> str:
        where = {"StreamArn": self._stream, "ShardId": shard}
        found = self._database.run(
            "SELECT sequence FROM positions WHERE stream = ? AND shard = ?", self._stream, shard
        )
        if found:
            answer = self._client.get_shard_iterator(
                **where, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=found[0][0]
            )
        else:
            answer = self._client.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")
        return answer["ShardIterator"]

    def _forget(self, shard: str) -> None:
        self._database.run(
            "DELETE FROM positions WHERE stream = ? AND shard = ?", self._stream, shard
        )
