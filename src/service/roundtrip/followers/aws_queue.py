"""Puts commits into a FIFO queue of Amazon SQS, in order within a stream."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, Protocol

from roundtrip.errors import SinkFailed
from roundtrip.followers.runner import Pointer
from roundtrip.limits import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from roundtrip.storage.dynamodb import items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from roundtrip.followers.commits import Delivered
    from roundtrip.storage.records import Commit, Stream

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
_BATCH: Final = 10
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html
_DEDUPLICATION_ID: Final = re.compile(r"[!-~]{1,128}")


class QueueClient(Protocol):
    """The client of boto3, as far as it is needed."""

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        """Send up to ten messages."""


def connect() -> QueueClient:
    """Return the SDK's client, which Lambda's runtime holds."""
    import boto3  # noqa: PLC0415 - it loads long, and only this sink needs it
    from botocore.config import Config  # noqa: PLC0415

    settings = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    client: QueueClient = boto3.client("sqs", config=settings)
    return client


class Queue:
    """A `roundtrip.followers.follower.Sink` for the commits that listeners hear.

    Parameters
    ----------
    url
        That of a FIFO queue.
    wants
        Says whether a commit is sent.
    """

    def __init__(self, client: QueueClient, url: str, wants: Callable[[Commit], bool]) -> None:
        self._client = client
        self._url = url
        self._wants = wants

    def deliver(self, commits: Sequence[Delivered]) -> None:
        """Send a message for each commit that is wanted.

        Raises
        ------
        SinkFailed
            If not all of them were sent.
        """
        waiting = [one for one in commits if self._wants(one.commit)]
        for batch in _batches(waiting):
            sent = self._send(batch)
            waiting = [one for one in waiting if one not in sent]
            if len(sent) < len(batch):
                # Not only those that were refused: others still waited for their batch.
                first = waiting[0].sequence_number
                raise SinkFailed("The queue did not take all messages", first)

    def _send(self, batch: Sequence[Delivered]) -> set[Delivered]:
        answer = self._client.send_message_batch(
            QueueUrl=self._url,
            Entries=[{"Id": str(index), **_message(one)} for index, one in enumerate(batch)],
        )
        return {batch[int(one["Id"])] for one in answer.get("Successful", ())}


def _message(one: Delivered) -> dict[str, str]:
    pointer = Pointer.to(one.commit)
    # The queue would refuse another form each time, and hold up all later commits of the shard.
    if not _DEDUPLICATION_ID.fullmatch(pointer.token):
        pointer = pointer._replace(token="")
    return {
        "MessageGroupId": group_of(pointer.stream),
        "MessageDeduplicationId": pointer.token or one.sequence_number,
        "MessageBody": pointer.to_text(),
    }


def group_of(stream: Stream) -> str:
    """Return the group of a stream's messages, which the queue keeps in order."""
    return hashlib.sha256(items.pk(stream).encode()).hexdigest()


def _batches(commits: Sequence[Delivered]) -> Iterator[list[Delivered]]:
    """Cut commits into batches of different streams; each stream keeps its order.

    A batch may be sent in part. If it held two messages of a stream, the second one could come
    before the first.
    """
    waiting = list(commits)
    while waiting:
        batch: dict[Stream, Delivered] = {}
        for one in waiting:
            if len(batch) < _BATCH:
                batch.setdefault(one.commit.stream, one)
        yield list(batch.values())
        taken = set(batch.values())
        waiting = [one for one in waiting if one not in taken]
