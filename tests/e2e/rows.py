"""The rows of a stream, read without the code that wrote them."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE_NAME = "Table"

Row = dict[str, Any]


def rows(client: DynamoDBClient, order: str) -> dict[str, Row]:
    """Return the rows of an open API's order by their sort keys, without their keys."""
    pages = client.get_paginator("query").paginate(
        TableName=TABLE_NAME,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"public#salesOrders#{order}"}},
        ConsistentRead=True,
    )
    found: dict[str, Row] = {}
    for page in pages:
        for item in page["Items"]:
            row: Row = dict(item)
            del row["pk"]
            found[row.pop("sk")["S"]] = row
    return found


def content(attribute: Row) -> Any:
    """Read what is kept as JSON text, compressed where that makes it smaller."""
    ((kind, value),) = attribute.items()
    return json.loads(zlib.decompress(value) if kind == "B" else value)
