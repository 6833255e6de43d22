"""A DynamoDB in memory that knows what the streamed design asks of it, and its streams.

Tests with `tests.benchmarks.streamed.design.on_both_engines` show that it behaves as DynamoDB.
"""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.streamed_local.shards import to_lambda
from roundtrip.storage.dynamodb.client import Refused
from streamed.items import CONDITION_FAILED

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
    """An engine, and what stands for the client of it."""

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

    def call(self, operation: str, request: Item) -> Item:
        if operation == "TransactWriteItems":
            return self._transact(request["TransactItems"])
        table = self.tables[request["TableName"]]
        if operation == "Scan":
            return _page(table, request)
        found = table.find(request.get("Key") or request["Item"])
        if operation == "GetItem":
            assert request["ConsistentRead"]
            return {} if found is None else {"Item": found}
        if not _holds(found, request):
            raise Refused(CONDITION_FAILED, _refused(found, request))
        if operation == "PutItem":
            table.put(request["Item"])
        else:
            assert operation == "DeleteItem"
            table.items.pop(table.key(request["Key"]), None)
        return {}

    def _transact(self, transaction: list[Item]) -> Item:
        writes = [next(iter(write.items())) for write in transaction]
        found = [
            self.tables[write["TableName"]].find(write.get("Key") or write["Item"])
            for _, write in writes
        ]
        reasons = [
            {"Code": "None"} if _holds(item, write) else _refused(item, write)
            for item, (_, write) in zip(found, writes, strict=True)
        ]
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", {"CancellationReasons": reasons})
        for item, (kind, write) in zip(found, writes, strict=True):
            self.tables[write["TableName"]].put(
                write["Item"] if kind == "Put" else _updated(item or {}, write)
            )
        return {}


def _page(table: Table, request: Item) -> Item:
    start = request.get("ExclusiveStartKey")
    left = [key for key in sorted(table.items) if start is None or key > table.key(start)]
    page = [table.items[key] for key in left[: request["Limit"]]]
    more = len(left) > len(page)
    last = {"LastEvaluatedKey": {name: page[-1][name] for name in table.keys}} if more else {}
    return {"Items": copy.deepcopy(page), **last}


def _holds(item: Item | None, request: Item) -> bool:
    expression = request.get("ConditionExpression")
    values = request.get("ExpressionAttributeValues", {})
    return expression is None or CONDITIONS[expression](item, values)


def _refused(item: Item | None, request: Item) -> Item:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and item is not None
    return {"Code": "ConditionalCheckFailed", **({"Item": item} if wanted else {})}


def _updated(item: Item, request: Item) -> Item:
    names = request["ExpressionAttributeNames"]
    values = request["ExpressionAttributeValues"]
    assignments = re.findall(r"([#\w]+) = (:\w+)", request["UpdateExpression"])
    return item | {names.get(name, name): values[value] for name, value in assignments}
