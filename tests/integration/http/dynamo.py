"""Watching and disturbing what a container sends to DynamoDB."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from roundtrip.redux import Store, replay
from roundtrip.redux.jsontext import decode
from roundtrip.storage.dynamodb import items
from roundtrip.storage.dynamodb.client import Client
from roundtrip.storage.dynamodb.connection import Answer
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Commit


@contextmanager
def sent(client: Client | DynamoDBClient) -> Iterator[list[str]]:
    """Collect the operations that a client sends, repetitions included."""
    operations: list[str] = []
    if isinstance(client, Client):

        def send(operation: str, go_on: Callable[[], Answer]) -> Answer:
            operations.append(operation)
            return go_on()

        with _between(client, send):
            yield operations
        return

    def note(event_name: str, **_: Any) -> None:
        operations.append(event_name.rpartition(".")[2])

    client.meta.events.register("before-send.dynamodb.*", note)
    try:
        yield operations
    finally:
        client.meta.events.unregister("before-send.dynamodb.*", note)


@contextmanager
def transactions(client: Client) -> Iterator[list[list[Item]]]:
    """Collect the items of each transaction."""
    found: list[list[Item]] = []
    call = client.call

    def note(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "TransactWriteItems":
            found.append([write["Put"]["Item"] for write in request["TransactItems"]])
        return call(operation, request)

    with patch.object(client, "call", note):
        yield found


@contextmanager
def disturbed(
    client: Client, operation: str, disturb: Callable[[], Answer | None]
) -> Iterator[None]:
    """Before each request of an operation run this; what it returns is the answer instead."""

    def send(name: str, go_on: Callable[[], Answer]) -> Answer:
        answer = disturb() if name == operation else None
        return go_on() if answer is None else answer

    with _between(client, send):
        yield


@contextmanager
def kept(client: Client, operation: str, answers: list[Answer]) -> Iterator[None]:
    """Keep the answers to the requests of an operation."""

    def send(name: str, go_on: Callable[[], Answer]) -> Answer:
        answer = go_on()
        if name == operation:
            answers.append(answer)
        return answer

    with _between(client, send):
        yield


@contextmanager
def losing(client: Client, operation: str, lose: Callable[[], None]) -> Iterator[None]:
    """Carry out each request of an operation, then run this; it may raise in the answer's place."""

    def send(name: str, go_on: Callable[[], Answer]) -> Answer:
        answer = go_on()
        if name == operation:
            lose()
        return answer

    with _between(client, send):
        yield


@contextmanager
def _between(client: Client, send: Callable[[str, Callable[[], Answer]], Answer]) -> Iterator[None]:
    connections = client._connections
    exchange = connections.exchange

    def handed_on(request: bytes) -> Answer:
        head = request.partition(b"\r\n\r\n")[0].decode()
        target = next(line for line in head.split("\r\n") if line.startswith("X-Amz-Target:"))
        return send(target.rpartition(".")[2], lambda: exchange(request))

    with patch.object(connections, "exchange", handed_on):
        yield


def refusal(code: str, *, status: int = 400) -> Answer:
    """Make DynamoDB's answer to a request that it refuses."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    body = json.dumps({"__type": kind, "message": code}).encode()
    return Answer(status, {"x-amzn-requestid": "r"}, body)


def scan(client: DynamoDBClient, table: str) -> dict[tuple[str, str], Item]:
    """Give every item of a table by its key."""
    found: list[Any] = []
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        found += page["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def partition(client: DynamoDBClient, table: str, pk: str) -> dict[tuple[str, str], Item]:
    """Give every item of a stream by its key."""
    found: list[Any] = []
    for page in client.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    ):
        found += page["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}


def check_streams(table: Mapping[tuple[str, str], Item], stores: Mapping[str, Store]) -> None:
    """Check that every stream is whole: its head is the fold of its commits, which have no gap."""
    for pk in {pk for pk, _ in table}:
        stream = Stream(*pk.split("#"))
        commits: list[Commit] = [
            items.commit_record(stream, item)
            for (owner, sk), item in sorted(table.items(), key=lambda entry: entry[0])
            if owner == pk and sk.startswith("commit#")
        ]
        head = items.head_record(stream, table[pk, items.HEAD_SK])
        assert head.version == sum(commit.applied for commit in commits)
        events = [event for commit in commits for event in commit.events()]
        version, state_text = replay(stores[stream.store], events, stream=stream.label)
        assert (version, decode(state_text)) == (head.version, decode(head.state_text))
        receipts = [
            items.receipt_record(stream, item)
            for (owner, sk), item in table.items()
            if owner == pk and sk.startswith("receipt#")
        ]
        starts = [receipt.first_version for receipt in receipts]
        assert set(starts) <= {commit.first_version for commit in commits}
        assert len(starts) == len(set(starts))
