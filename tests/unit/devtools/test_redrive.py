from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from roundtrip.followers.aws_queue import group_of
from roundtrip.followers.runner import Pointer
from roundtrip_devtools.cli import main
from tests.lamps import commit_of, stream_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FIFO = {"FifoQueue": "true"}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield boto3.client("sqs")


@pytest.fixture
def queues(sqs: Any) -> tuple[str, str]:
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes=FIFO)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = json.dumps({"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 3})
    work = sqs.create_queue(QueueName="work.fifo", Attributes=FIFO | {"RedrivePolicy": policy})
    return work["QueueUrl"], dead


def send(sqs: Any, url: str, pointer: Pointer) -> None:
    sqs.send_message(
        QueueUrl=url,
        MessageBody=pointer.to_text(),
        MessageGroupId=group_of(pointer.stream),
        MessageDeduplicationId=pointer.token,
    )


def held(sqs: Any, url: str) -> list[Any]:
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return list(answer.get("Messages", []))


@pytest.mark.parametrize("by_url", [False, True])
def test_dead_letters_are_sent_again(
    sqs: Any, queues: tuple[str, str], by_url: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    work, dead = queues
    pointers = [Pointer.to(commit_of(stream_of(), version)) for version in (3, 4)]
    for pointer in pointers:
        send(sqs, dead, pointer)
        # The queue remembers the id of a message that it gave up a moment ago.
        send(sqs, work, pointer)
        for message in held(sqs, work):
            sqs.delete_message(QueueUrl=work, ReceiptHandle=message["ReceiptHandle"])

    assert main(["redrive", work if by_url else "work.fifo"]) == 0

    assert held(sqs, dead) == []
    found = held(sqs, work)
    assert [Pointer.from_text(message["Body"]) for message in found] == pointers
    assert {one["Attributes"]["MessageGroupId"] for one in found} == {group_of(stream_of())}
    assert capsys.readouterr().out.splitlines() == [
        "lamps/a from version 3",
        "lamps/a from version 4",
        "2 messages were sent again.",
    ]


def test_what_fails_again_meanwhile_is_left(sqs: Any, queues: tuple[str, str]) -> None:
    from roundtrip_devtools.redrive import redrive  # noqa: PLC0415

    work, dead = queues
    send(sqs, dead, Pointer.to(commit_of(stream_of(), 3)))
    moved = redrive(sqs, "work.fifo")
    assert next(moved)
    (message,) = held(sqs, work)
    sqs.send_message(
        QueueUrl=dead,
        MessageBody=message["Body"],
        MessageGroupId=message["Attributes"]["MessageGroupId"],
        MessageDeduplicationId=message["Attributes"]["MessageDeduplicationId"],
    )
    assert list(moved) == []


def test_a_queue_without_dead_letters(
    sqs: Any, queues: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    del sqs, queues
    assert main(["redrive", "dead.fifo"]) == 1
    assert "dead.fifo has no dead-letter queue" in capsys.readouterr().err


def test_a_queue_that_there_is_not(sqs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    del sqs
    assert main(["redrive", "nothing.fifo"]) == 1
    assert "0 messages were sent again, then: " in capsys.readouterr().err
