"""A FIFO queue with a dead-letter queue, as template.yaml defines them, in a file."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.following.database import Database

ATTEMPTS: Final = 5
"""How often a message is received before it is a dead letter: ``maxReceiveCount``."""

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
_REMEMBERED_S: Final = 300


class Message(NamedTuple):
    """A message of the queue, or a dead letter.

    Parameters
    ----------
    family
        Its group: messages of one group are received in their order.
    attempts
        How often it was received.
    visible_at_s
        When it can be received, in seconds since the epoch.
    error
        Why it failed last, if it has.
    """

    number: int
    family: str
    body: str
    attempts: int
    visible_at_s: float
    error: str | None


class FifoQueue:
    """Takes messages as the client of Amazon SQS does, and gives them to one reader.

    Parameters
    ----------
    stream
        ARN of the table's stream; each has a queue of its own.
    retry_after_s
        How long a message that failed, and those of its group, wait for the next attempt. On AWS
        it is the visibility timeout.

    Attributes
    ----------
    sent
        Is set whenever a message was sent.
    """

    def __init__(
        self,
        database: Database,
        stream: str,
        *,
        retry_after_s: float = 1,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._stream = stream
        self._retry_after_s = retry_after_s
        self._now_s = now_s
        self.sent = threading.Event()

    def send_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803  as the SDK names it
        Entries: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        """Append messages; one whose deduplication id it has is dropped."""
        del QueueUrl
        now_s = self._now_s()
        for entry in Entries:
            self._run(
                "INSERT OR IGNORE INTO messages "
                "(stream, token, family, body, sent_at_s, visible_at_s) VALUES (?, ?, ?, ?, ?, ?)",
                self._stream,
                entry["MessageDeduplicationId"],
                entry["MessageGroupId"],
                entry["MessageBody"],
                now_s,
                now_s,
            )
        self.sent.set()
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def receive(self) -> Message | None:
        """Return the oldest message that is not behind another one of its group."""
        found = self._run(
            "UPDATE messages SET attempts = attempts + 1 WHERE number = (SELECT min(number) FROM "
            "(SELECT min(number) AS number, visible_at_s FROM messages "
            "WHERE stream = ? AND state = 'waiting' GROUP BY family) WHERE visible_at_s <= ?) "
            "RETURNING number, family, body, attempts, visible_at_s, error",
            self._stream,
            self._now_s(),
        )
        return Message(*found[0]) if found else None

    def delete(self, message: Message) -> None:
        """Remove a message that was received, but remember its deduplication id for a while."""
        self._run("UPDATE messages SET state = 'done' WHERE number = ?", message.number)
        self._run(
            "DELETE FROM messages WHERE state = 'done' AND sent_at_s < ?",
            self._now_s() - _REMEMBERED_S,
        )

    def fail(self, message: Message, error: str) -> None:
        """Keep a message for its next attempt, or as a dead letter after the last one."""
        self._run(
            "UPDATE messages SET error = ?, state = ?, visible_at_s = ? WHERE number = ?",
            error,
            "dead" if message.attempts >= ATTEMPTS else "waiting",
            self._now_s() + self._retry_after_s,
            message.number,
        )

    def redrive(self) -> int:
        """Append the dead letters as new messages, in their order; return their number."""
        dead = self.dead()
        for message in dead:
            self._run(
                "UPDATE messages SET number = (SELECT max(number) + 1 FROM messages), "
                "attempts = 0, state = 'waiting', visible_at_s = ? WHERE number = ?",
                self._now_s(),
                message.number,
            )
        self.sent.set()
        return len(dead)

    def waiting(self) -> list[Message]:
        """Return the messages of the queue, in their order."""
        return self._messages("waiting")

    def dead(self) -> list[Message]:
        """Return the dead letters, in the order of their messages."""
        return self._messages("dead")

    def _messages(self, state: str) -> list[Message]:
        found = self._run(
            "SELECT number, family, body, attempts, visible_at_s, error FROM messages "
            "WHERE stream = ? AND state = ? ORDER BY number",
            self._stream,
            state,
        )
        return [Message(*row) for row in found]

    def _run(self, statement: str, *values: Any) -> list[Any]:
        return self._database.run(statement, *values)
