"""Builds requests to DynamoDB. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from roundtrip.limits import LAST_VERSION, MAX_COMMIT_ACTIONS
from roundtrip.storage.dynamodb import items

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Append, Stream

Request = dict[str, Any]

INDEX: Final = "byCreation"


def get_item(table: str, stream: Stream, sk: str) -> Request:
    """Read one item with a consistent read."""
    return {"TableName": table, "Key": items.key(stream, sk), "ConsistentRead": True}


def transact_append(table: str, append: Append) -> Request:
    """Write commit, head and receipt in this order, each under its condition.

    Raises
    ------
    TooLarge
        If an item is too large.
    """
    nothing_there = "attribute_not_exists(pk)"
    still_there = {
        "ConditionExpression": "version = :expected",
        "ExpressionAttributeValues": {":expected": {"N": str(append.expected_version)}},
    }
    head_unmoved = (
        still_there if append.expected_version else {"ConditionExpression": nothing_there}
    )
    unwritten = {"ConditionExpression": nothing_there}
    conditions = (unwritten, head_unmoved, unwritten)
    puts = [
        {
            "Put": {
                "TableName": table,
                "Item": item,
                # A refusal then contains the existing item, which saves the read before a retry.
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **condition,
            }
        }
        for item, condition in zip(items.append_items(append), conditions, strict=False)
    ]
    return {"TransactItems": puts, "ClientRequestToken": append.commit.token}


def query_commits(table: str, stream: Stream, *, after: int, limit: int | None) -> Request:
    """Read commits, oldest first, starting with the one that contains version ``after + 1``."""
    # That commit may start up to a whole batch earlier.
    first = max(1, after - MAX_COMMIT_ACTIONS + 2)
    request: Request = {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":pk": {"S": items.pk(stream)},
            ":first": {"S": items.commit_sk(first)},
            ":last": {"S": items.commit_sk(LAST_VERSION)},
        },
    }
    if limit is not None:
        request["Limit"] = limit + (after + 1 - first)
    return request


def query_heads(
    table: str, namespace: str, store: str, *, before: str | None, limit: int
) -> Request:
    """List the keys of the streams of a store, newest first."""
    condition = "listPk = :listPk"
    values: Item = {":listPk": {"S": items.list_pk(namespace, store)}}
    if before is not None:
        condition += " AND listSk < :before"
        values[":before"] = {"S": before}
    return {
        "TableName": table,
        "IndexName": INDEX,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": False,
        "Limit": limit,
    }


def batch_get(table: str, keys: list[Item]) -> Request:
    """Read up to 100 items by their keys with consistent reads."""
    return {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}
