"""Builds requests to DynamoDB. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from roundtrip.storage.dynamodb import appends, checkpoints, items

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Append, Stream

Request = dict[str, Any]

INDEX: Final = "byCreation"


def get_item(table: str, stream: Stream, sk: str) -> Request:
    """Read one item with a consistent read."""
    return {"TableName": table, "Key": items.key(stream, sk), "ConsistentRead": True}


def transact_append(table: str, append: Append) -> Request:
    """Write commit, head, receipt and checkpoint in this order, each under its condition.

    Raises
    ------
    TooLarge
        If an item is too large.
    """
    # A refusal then contains the existing item, which saves the read before a retry.
    returning = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    unwritten: Request = {"ConditionExpression": "attribute_not_exists(pk)", **returning}
    still_there: Request = {
        # An erased stream may have been made again, and have reached the same version.
        "ConditionExpression": "version = :expected AND createdAt = :created",
        "ExpressionAttributeValues": {
            ":expected": {"N": str(append.expected_version)},
            ":created": {"S": append.head.created_at},
        },
        **returning,
    }
    conditions: list[Request] = [unwritten, still_there if append.expected_version else unwritten]
    if append.receipt is not None:
        # DynamoDB deletes an expired item within days; until then it does not count.
        expired = "attribute_not_exists(pk) OR expiresAt <= :now"
        now = {":now": {"N": str(append.receipt.issued_at_s)}}
        conditions.append(
            {"ConditionExpression": expired, "ExpressionAttributeValues": now, **returning}
        )
    if append.checkpoint is not None:
        # The commit's condition guards it, and an older one of the same version is the same state.
        conditions.append({})
    conditions += [{} for _ in append.parts]
    puts: list[Request] = [
        {"Put": {"TableName": table, "Item": item, **condition}}
        for item, condition in zip(appends.append_items(append), conditions, strict=True)
    ]
    puts += [
        {"Delete": {"TableName": table, "Key": items.key(append.head.stream, items.part_sk(part))}}
        for part in append.dropped
    ]
    return {"TransactItems": puts, "ClientRequestToken": append.commit.token}


def query_commits(
    table: str, stream: Stream, *, first: int, last: int, limit: int | None
) -> Request:
    """Read the commits whose first version is in a range, oldest first."""
    request = _between(table, stream, items.commit_sk(first), items.commit_sk(last))
    if limit is not None:
        request["Limit"] = limit
    return request


def query_parts(table: str, stream: Stream) -> Request:
    """List the keys of the parts that have items."""
    return {**_between(table, stream, "part#", "part$"), "ProjectionExpression": "sk"}


def query_checkpoint(table: str, stream: Stream, revision: str, version: int) -> Request:
    """Read the latest checkpoint of a revision at or below a version."""
    low, high = checkpoints.checkpoint_sk(revision, 0), checkpoints.checkpoint_sk(revision, version)
    return {**_between(table, stream, low, high), "ScanIndexForward": False, "Limit": 1}


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


def _between(table: str, stream: Stream, low: str, high: str) -> Request:
    return {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": {
            ":pk": {"S": items.pk(stream)},
            ":low": {"S": low},
            ":high": {"S": high},
        },
    }
