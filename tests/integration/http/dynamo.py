"""Watching and disturbing what a container sends to DynamoDB."""

from __future__ import annotations

import json
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from roundtrip.redux import Store, replay
from roundtrip.redux.jsontext import decode
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Commit


@contextmanager
def sent(client: DynamoDBClient) -> Iterator[list[str]]:
    """Collect the operations that the SDK sends, repetitions included."""
    operations: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        operations.append(event_name.rpartition(".")[2])

    client.meta.events.register("before-send.dynamodb.*", note)
    try:
        yield operations
    finally:
        client.meta.events.unregister("before-send.dynamodb.*", note)


@contextmanager
def transactions(client: DynamoDBClient) -> Iterator[list[list[Item]]]:
    """Collect the items of each transaction."""
    found: list[list[Item]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        found.append([write["Put"]["Item"] for write in params["TransactItems"]])

    event = "provide-client-params.dynamodb.TransactWriteItems"
    client.meta.events.register(event, note)
    try:
        yield found
    finally:
        client.meta.events.unregister(event, note)


@contextmanager
def disturbed(
    client: DynamoDBClient, operation: str, disturb: Callable[[], AWSResponse | None]
) -> Iterator[None]:
    """Before each request of an operation run this; what it returns is the answer instead."""

    def hook(**_: Any) -> AWSResponse | None:
        return disturb()

    event = f"before-send.dynamodb.{operation}"
    events: Any = client.meta.events
    events.register(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)


class Raw(BytesIO):
    """A body as the SDK reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def refusal(code: str, *, status: int = 400) -> AWSResponse:
    """Make DynamoDB's answer to a request that it refuses."""
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    body = json.dumps({"__type": kind, "message": code}).encode()
    return AWSResponse("http://dynamodb", status, HTTPHeaders(), Raw(body))


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
        assert head.version == sum(commit.count for commit in commits)
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
