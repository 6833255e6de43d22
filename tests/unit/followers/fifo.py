"""A model of a FIFO queue with a dead-letter queue, by the documentation of Amazon SQS.

- Messages of a group come in the order in which they were sent; while some are in flight, no other
  of the group is received.
- A message with the deduplication id of one that was sent in the last five minutes is dropped.
- A message that was received too often goes to the dead-letter queue.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Message:
    id: str
    group: str
    body: str
    received: int = 0

    def record(self) -> dict[str, Any]:
        return {
            "messageId": self.id,
            "body": self.body,
            "attributes": {"MessageGroupId": self.group},
        }


@dataclass
class Fifo:
    """Takes the messages of `aws_queue.Queue`, and gives them to a function.

    Parameters
    ----------
    refuses
        Says whether it refuses a message that is sent, for a moment.
    limit
        Number of times that a message is received.
    """

    refuses: Callable[[], bool] = lambda: False
    limit: int = 3
    waiting: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        assert QueueUrl.endswith(".fifo")
        assert 1 <= len(Entries) <= 10
        sent, refused = [], []
        for entry in Entries:
            assert len(entry["MessageDeduplicationId"]) <= 128
            if self.refuses():
                refused.append({"Id": entry["Id"]})
                continue
            sent.append({"Id": entry["Id"]})
            if entry["MessageDeduplicationId"] not in self.known:
                self.known.add(entry["MessageDeduplicationId"])
                number = str(len(self.known))
                self.waiting.append(Message(number, entry["MessageGroupId"], entry["MessageBody"]))
        return {"Successful": sent, "Failed": refused}

    def drain(self, call: Callable[[dict[str, Any]], dict[str, Any]], size: int) -> None:
        """Call the function until nothing waits."""
        while self.waiting:
            batch = self.waiting[:size]
            for message in batch:
                message.received += 1
            result = call({"Records": [message.record() for message in batch]})
            failed = {one["itemIdentifier"] for one in result["batchItemFailures"]}
            self.waiting = [one for one in self.waiting if one not in batch or one.id in failed]
            self.dead += [one for one in self.waiting if one.received >= self.limit]
            self.waiting = [one for one in self.waiting if one.received < self.limit]
