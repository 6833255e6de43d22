"""The capacity units of requests: by the sizes of the items, and as the engine reports them.

DynamoDB charges a write one unit for each started KB of an item, in a transaction two, and a
consistent read one unit for each started 4 KB, at least one; a scan is one read of all its items.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple
from unittest.mock import patch

from mypy_boto3_dynamodb import DynamoDBClient

from roundtrip.storage.dynamodb.client import Client

_WRITE_BYTES: Final = 1024
_READ_BYTES: Final = 4096
_UNITS_IN_A_TRANSACTION: Final = 2
_READS: Final = ("GetItem", "BatchGetItem", "Scan")
_WRITES: Final = ("PutItem", "TransactWriteItems")


class Use(NamedTuple):
    """The units of one request: by AWS's rules from its items, and as the engine reported them."""

    operation: str
    kind: Literal["write", "read"]
    by_items: float
    reported: float


@contextlib.contextmanager
def watched(client: Client, reader: DynamoDBClient) -> Iterator[list[Use]]:
    """Collect the units that the reads and writes of a client use, for a ``with`` block.

    The requests ask for ``ReturnConsumedCapacity``, so they must not be timed; they raise
    ``ValueError`` when the engine does not report, or a read is not consistent. The reader, another
    client of the same engine, reads items that a request does not show whole.
    """
    uses: list[Use] = []
    call = client.call

    def reporting(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation not in (*_READS, *_WRITES):
            return call(operation, request)
        answer = call(operation, {**request, "ReturnConsumedCapacity": "TOTAL"})
        uses.append(_use(operation, request, answer, reader))
        return answer

    with patch.object(client, "call", reporting):
        yield uses


def _use(
    operation: str, params: dict[str, Any], parsed: dict[str, Any], reader: DynamoDBClient
) -> Use:
    consumed = parsed.get("ConsumedCapacity")
    if operation == "BatchGetItem":
        found = [item for items in parsed["Responses"].values() for item in items]
        units = sum(math.ceil(item_bytes(item) / _READ_BYTES) for item in found)
        # MiniStack reports nothing for a batch.
        return Use(operation, "read", units, sum(one["CapacityUnits"] for one in consumed or ()))
    if not consumed:
        raise ValueError(f"{operation}: expected ConsumedCapacity in the answer, received none.")
    tables = consumed if isinstance(consumed, list) else [consumed]
    reported = sum(table["CapacityUnits"] for table in tables)
    if operation in _WRITES:
        if operation == "PutItem":
            units = _kilobytes(params["Item"])
        else:
            units = sum(_transacted_units(write, reader) for write in params["TransactItems"])
        return Use(operation, "write", units, reported)
    if not params.get("ConsistentRead"):
        raise ValueError(f"{operation}: expected a consistent read; received {params!r}.")
    if operation == "Scan":
        found = _whole(parsed["Items"], params["TableName"], reader)
    else:
        found = [parsed["Item"]] if "Item" in parsed else []
    read_bytes = sum(map(item_bytes, found))
    return Use(operation, "read", max(1, math.ceil(read_bytes / _READ_BYTES)), reported)


def _whole(page: list[Any], table: str, reader: DynamoDBClient) -> list[Any]:
    """Return the items of a page of a scan with all their attributes, which AWS charges for."""
    everything: list[Any] = reader.scan(TableName=table, ConsistentRead=True)["Items"]
    names = page[0].keys() if page else ()
    shown = {json.dumps(item, sort_keys=True) for item in page}
    return [
        item
        for item in everything
        if json.dumps({name: item[name] for name in names}, sort_keys=True) in shown
    ]


def _transacted_units(write: dict[str, Any], reader: DynamoDBClient) -> int:
    if update := write.get("Update"):
        where = {"TableName": update["TableName"], "Key": update["Key"]}
        item: Any = reader.get_item(**where, ConsistentRead=True)["Item"]
        return _UNITS_IN_A_TRANSACTION * _kilobytes(item)
    put = write["Put"]
    units = _UNITS_IN_A_TRANSACTION * _kilobytes(put["Item"])
    # A stream's first head enters the index, too, as a small item; checkpoints have no condition.
    new = put.get("ConditionExpression", "").startswith("attribute_not_exists")
    return units + (new and "listPk" in put["Item"])


def item_bytes(item: Mapping[str, Any]) -> int:
    """Return the size that DynamoDB charges for an item of strings, numbers and binaries.

    A number takes a byte for every two significant digits, and one more; the service's own
    `roundtrip.storage.dynamodb.items.item_bytes` assumes the longest number.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        digits = content.lstrip("-").replace(".", "").strip("0")
        return math.ceil(len(digits) / 2) + 1
    return len(content.encode() if kind == "S" else content)


def _kilobytes(item: Mapping[str, Any]) -> int:
    return math.ceil(item_bytes(item) / _WRITE_BYTES)
