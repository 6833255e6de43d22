"""Sends the dead letters of listeners again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from roundtrip_devtools.errors import DevtoolsError

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
_RECEIVED = 10


def redrive(client: Any, queue: str) -> Iterator[str]:
    """Move the messages of a dead-letter queue back; yield the body of each.

    The messages of a stream keep their order. Each is sent before it is deleted, so that none is
    lost if this is interrupted.

    Parameters
    ----------
    client
        The SDK's client of SQS.
    queue
        Name or URL of the FIFO queue whose listeners failed.

    Raises
    ------
    DevtoolsError
        If it has no dead-letter queue.
    """
    url = queue if "://" in queue else client.get_queue_url(QueueName=queue)["QueueUrl"]
    dead = _dead_letters(client, url)
    again: set[str] = set()
    while messages := _received(client, dead):
        for message in messages:
            if message["Attributes"]["MessageDeduplicationId"] in again:
                # It failed again meanwhile.
                return
            # A new one, because the queue drops what has that of a message of the last minutes.
            name = uuid4().hex
            again.add(name)
            client.send_message(
                QueueUrl=url,
                MessageBody=message["Body"],
                MessageGroupId=message["Attributes"]["MessageGroupId"],
                MessageDeduplicationId=name,
            )
            client.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]


def _dead_letters(client: Any, url: str) -> str:
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    policy = found.get("Attributes", {}).get("RedrivePolicy")
    if policy is None:
        raise DevtoolsError(f"{url} has no dead-letter queue; name the queue of the listeners.")
    name = json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]
    dead: str = client.get_queue_url(QueueName=name)["QueueUrl"]
    return dead


def _received(client: Any, url: str) -> list[dict[str, Any]]:
    answer = client.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_RECEIVED,
        WaitTimeSeconds=1,
        MessageSystemAttributeNames=["MessageGroupId", "MessageDeduplicationId"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages
