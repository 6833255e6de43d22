"""A DynamoDB in memory that knows what the streamed design asks of it, and its streams.

Tests with `tests.benchmarks.streamed.design.on_both_engines` show that it behaves as DynamoDB.
"""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from benchmarks.streamed_local.shards import to_lambda

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.table import TableDefinition

    Item = dict[str, Any]
    Condition = Callable[[Item | None, Item], bool]

CONDITIONS: dict[str, Condition] = {
    "attribute_not_exists(id)": lambda item, _: item is None,
    "#version = :expected": lambda item, values: (
        item is not None and item["version"] == values[":expected"]
    ),
    "attribute_not_exists(id) OR #version = :expected": lambda item, values: (
        item is None or item["version"] == values[":expected"]
    ),
    "attribute_exists(id) AND attribute_not_exists(#status)": lambda item, _: (
        item is not None and "status" not in item
    ),
    "connectedAt < :settled": lambda item, values: (
        item is not None and int(item["connectedAt"]["N"]) < int(values[":settled"]["N"])
    ),
}


class ConditionalCheckFailed(ClientError):
    """The condition of a write does not hold."""


class Table:
    def __init__(self, definition: TableDefinition) -> None:
        self.keys = [key["AttributeName"] for key in definition.arguments["KeySchema"]]
        self.items: dict[tuple[str, ...], Item] = {}
        self.records: list[dict[str, Any]] = []

    def key(self, item: Item) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self.keys)

    def find(self, item: Item) -> Item | None:
        return copy.deepcopy(self.items.get(self.key(item)))

    def put(self, item: Item) -> None:
        before = self.items.get(self.key(item))
        self.items[self.key(item)] = copy.deepcopy(item)
        record = {
            "eventName": "INSERT" if before is None else "MODIFY",
            "dynamodb": {
                "ApproximateCreationDateTime": datetime.now(UTC),
                "Keys": {name: item[name] for name in self.keys},
                "NewImage": item,
                "SequenceNumber": f"{len(self.records) + 1:021d}",
            },
        }
        self.records.append(to_lambda(record, "arn:memory"))


class Memory:
    """An engine, and what stands for boto3's client of it."""

    class exceptions:  # noqa: N801 - the SDK's name
        ConditionalCheckFailedException = ConditionalCheckFailed

    def __init__(self) -> None:
        self.client: Any = self
        self.tables: dict[str, Table] = {}

    def create(self, definition: TableDefinition, name: str) -> None:
        self.tables[name] = Table(definition)

    def drop(self, table: str) -> None:
        del self.tables[table]

    def items(self, table: str) -> list[Item]:
        return list(self.tables[table].items.values())

    def records(self, table: str) -> list[Item]:
        return list(self.tables[table].records)

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> Item:  # noqa: N803
        assert ConsistentRead
        found = self.tables[TableName].find(Key)
        return {} if found is None else {"Item": found}

    def put_item(self, **request: Any) -> None:
        _check(self.tables[request["TableName"]].find(request["Item"]), request)
        self.tables[request["TableName"]].put(request["Item"])

    def delete_item(self, **request: Any) -> None:
        table = self.tables[request["TableName"]]
        _check(table.find(request["Key"]), request)
        table.items.pop(table.key(request["Key"]), None)

    def scan(self, **request: Any) -> Item:
        table = self.tables[request["TableName"]]
        start = request.get("ExclusiveStartKey")
        left = [key for key in sorted(table.items) if start is None or key > table.key(start)]
        page = [table.items[key] for key in left[: request["Limit"]]]
        more = len(left) > len(page)
        last = {"LastEvaluatedKey": {name: page[-1][name] for name in table.keys}} if more else {}
        return {"Items": copy.deepcopy(page), **last}

    def transact_write_items(self, *, TransactItems: list[Item]) -> None:  # noqa: N803
        writes = [next(iter(write.items())) for write in TransactItems]
        found = [
            self.tables[write["TableName"]].find(write.get("Key") or write["Item"])
            for _, write in writes
        ]
        reasons = [
            {"Code": "None"} if _holds(item, write) else _refused(item, write)
            for item, (_, write) in zip(found, writes, strict=True)
        ]
        if any(reason["Code"] != "None" for reason in reasons):
            error = {"Code": "TransactionCanceledException", "Message": "refused"}
            response: Any = {"Error": error, "CancellationReasons": reasons}
            raise ClientError(response, "TransactWriteItems")
        for item, (kind, write) in zip(found, writes, strict=True):
            self.tables[write["TableName"]].put(
                write["Item"] if kind == "Put" else _updated(item or {}, write)
            )


def _holds(item: Item | None, request: Item) -> bool:
    expression = request.get("ConditionExpression")
    values = request.get("ExpressionAttributeValues", {})
    return expression is None or CONDITIONS[expression](item, values)


def _check(item: Item | None, request: Item) -> None:
    if not _holds(item, request):
        error = {"Code": "ConditionalCheckFailedException", "Message": "refused"}
        response: Any = {"Error": error, **_refused(item, request)}
        raise ConditionalCheckFailed(response, "a write")


def _refused(item: Item | None, request: Item) -> Item:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and item is not None
    return {"Code": "ConditionalCheckFailed", **({"Item": item} if wanted else {})}


def _updated(item: Item, request: Item) -> Item:
    names = request["ExpressionAttributeNames"]
    values = request["ExpressionAttributeValues"]
    assignments = re.findall(r"([#\w]+) = (:\w+)", request["UpdateExpression"])
    return item | {names.get(name, name): values[value] for name, value in assignments}
