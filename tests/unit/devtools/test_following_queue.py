from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.following.database import Database
from roundtrip_devtools.following.queue import ATTEMPTS, FifoQueue

if TYPE_CHECKING:
    from pathlib import Path

BODIES = ["a1", "a2", "b1"]


class Desk:
    """A queue on a clock."""

    def __init__(self, path: Path, stream: str = "stream") -> None:
        self.now_s = 1000.0
        self.path = path
        self.queue = self.open(stream)

    def open(self, stream: str = "stream") -> FifoQueue:
        return FifoQueue(Database(self.path), stream, now_s=lambda: self.now_s)

    def send(self, *bodies: str) -> None:
        """Send messages; the first letter is the group."""
        entries = [
            {
                "Id": body,
                "MessageGroupId": body[0],
                "MessageDeduplicationId": body,
                "MessageBody": body,
            }
            for body in bodies
        ]
        answer = self.queue.send_message_batch(QueueUrl="", Entries=entries)
        assert [one["Id"] for one in answer["Successful"]] == list(bodies)

    def receive(self) -> str | None:
        """Receive a message, and delete it."""
        message = self.queue.receive()
        if message is not None:
            self.queue.delete(message)
        return None if message is None else message.body

    def fail(self, body: str, times: int = 1) -> None:
        """Receive a message, and let it fail."""
        for _ in range(times):
            self.now_s += 60
            message = self.queue.receive()
            assert message is not None
            assert message.body == body
            self.queue.fail(message, "broken")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "state" / "followers.sqlite")


def test_messages_come_in_their_order_and_once(desk: Desk) -> None:
    desk.send(*BODIES)
    desk.send("a1")
    assert [desk.receive() for _ in range(4)] == [*BODIES, None]
    desk.send("a1", "a2")
    assert desk.receive() is None
    # SQS remembers for five minutes.
    desk.now_s += 301
    desk.send("c1")
    assert desk.receive() == "c1"
    desk.send("a1")
    assert desk.receive() == "a1"


def test_a_message_that_fails_holds_up_its_group_alone(desk: Desk) -> None:
    desk.send(*BODIES)
    desk.fail("a1")
    assert [desk.receive() for _ in range(2)] == ["b1", None]
    assert [(one.body, one.error) for one in desk.queue.waiting()] == [
        ("a1", "broken"),
        ("a2", None),
    ]
    desk.now_s += 1
    assert [desk.receive() for _ in range(3)] == ["a1", "a2", None]


def test_dead_letters_are_redriven_in_their_order(desk: Desk) -> None:
    desk.send(*BODIES)
    desk.fail("a1", ATTEMPTS)
    desk.fail("a2", ATTEMPTS)
    assert desk.receive() == "b1"
    assert desk.receive() is None
    # Another worker has the same queue.
    desk.queue = desk.open()
    assert [(one.body, one.attempts) for one in desk.queue.dead()] == [
        ("a1", ATTEMPTS),
        ("a2", ATTEMPTS),
    ]
    desk.send("a3")
    assert desk.queue.redrive() == 2
    assert [desk.receive() for _ in range(4)] == ["a3", "a1", "a2", None]
    assert desk.queue.redrive() == 0


def test_each_stream_has_a_queue(desk: Desk) -> None:
    desk.send("a1")
    desk.queue = desk.open("another")
    assert desk.receive() is None
    desk.send("a1")
    assert desk.receive() == "a1"
