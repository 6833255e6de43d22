import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient

from benchmarks.capacity import Use, item_bytes, watched
from benchmarks.engines import Engine
from roundtrip.storage.dynamodb.client import Client

pytestmark = pytest.mark.engine
NO_KEY: Any = {"pk": {"S": "no"}, "sk": {"S": "no"}}


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    return engine.own_client()


@pytest.fixture(scope="module")
def reader(engine: Engine) -> DynamoDBClient:
    return engine.client()


def item(size_bytes: int) -> dict[str, Any]:
    made: dict[str, Any] = {"pk": {"S": str(uuid.uuid4())}, "sk": {"S": "head"}, "a": {"S": ""}}
    made["a"]["S"] = "x" * (size_bytes - item_bytes(made))
    return made


def used(client: Client, reader: DynamoDBClient, write: dict[str, Any]) -> list[Use]:
    with watched(client, reader) as uses:
        client.call("TransactWriteItems", {"TransactItems": [write]})
    return uses


@pytest.mark.parametrize(
    ("number", "size_bytes"),
    [
        ("0", 1),
        ("7", 2),
        ("12", 2),
        ("123", 3),
        ("-123", 3),
        ("1200", 2),
        ("0.0012", 2),
        ("1767268800000", 5),
        ("9" * 38, 20),
    ],
)
def test_a_number_takes_a_byte_for_two_significant_digits_and_one_more(
    number: str, size_bytes: int
) -> None:
    assert item_bytes({"n": {"N": number}}) == 1 + size_bytes


def test_texts_and_names_count_in_utf_8_and_binaries_as_they_are() -> None:
    assert item_bytes({"ä": {"S": "é€"}, "b": {"B": b"123"}}) == 2 + 5 + 1 + 3


@settings(max_examples=8)
@given(sizes=st.lists(st.integers(100, 9000), min_size=1, max_size=3))
def test_units_follow_awss_rules_as_an_engine_that_keeps_them_reports_writes(
    client: Client, reader: DynamoDBClient, table: str, sizes: list[int]
) -> None:
    items = [item(size_bytes) for size_bytes in sizes]
    new = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    puts: list[Any] = [{"Put": {**new, "Item": one}} for one in items]
    key: Any = {"pk": items[0]["pk"], "sk": items[0]["sk"]}

    with watched(client, reader) as uses:
        client.call("TransactWriteItems", {"TransactItems": puts})
        client.call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        client.call("PutItem", {"TableName": table, "Item": items[0]})

    transacted = sum(2 * -(-size_bytes // 1024) for size_bytes in sizes)
    put = -(-sizes[0] // 1024)
    # This engine reports one unit for any read.
    assert uses == [
        ("TransactWriteItems", "write", transacted, transacted),
        ("GetItem", "read", -(-sizes[0] // 4096), 1),
        ("PutItem", "write", put, put),
    ]


def test_a_read_of_nothing_is_one_unit(client: Client, reader: DynamoDBClient, table: str) -> None:
    with watched(client, reader) as uses:
        client.call("GetItem", {"TableName": table, "Key": NO_KEY, "ConsistentRead": True})

    assert [use.by_items for use in uses] == [1]


@pytest.mark.parametrize(
    ("condition", "units"),
    [("attribute_not_exists(pk)", 3), ("attribute_exists(sk)", 2), (None, 2)],
)
def test_only_a_streams_first_head_is_written_to_the_index_too(
    client: Client, reader: DynamoDBClient, table: str, condition: str | None, units: int
) -> None:
    head = {**item(200), "listPk": {"S": "a"}, "listSk": {"S": "b"}}
    if units == 2:
        client.call("PutItem", {"TableName": table, "Item": head})
    put: dict[str, Any] = {"TableName": table, "Item": head}
    if condition:
        put["ConditionExpression"] = condition

    assert [use.by_items for use in used(client, reader, {"Put": put})] == [units]


def test_an_update_counts_the_item_that_it_makes(
    client: Client, reader: DynamoDBClient, table: str
) -> None:
    small = item(1000)
    client.call("PutItem", {"TableName": table, "Item": small})
    update = {
        "TableName": table,
        "Key": {"pk": small["pk"], "sk": small["sk"]},
        "UpdateExpression": "SET b = :b",
        "ExpressionAttributeValues": {":b": {"S": "x" * 100}},
    }

    assert [use.by_items for use in used(client, reader, {"Update": update})] == [4]


def test_a_scan_counts_whole_items_whatever_it_shows(
    engine: Engine, client: Client, reader: DynamoDBClient
) -> None:
    table = engine.table()
    for _ in range(10):
        client.call("PutItem", {"TableName": table, "Item": item(1000)})

    with watched(client, reader) as uses:
        request: dict[str, Any] = {"TableName": table, "Limit": 5, "ConsistentRead": True}
        request["ProjectionExpression"] = "pk"
        first = client.call("Scan", request)
        second = client.call("Scan", request | {"ExclusiveStartKey": first["LastEvaluatedKey"]})
        assert len(first["Items"] + second["Items"]) == 10

    assert [use.by_items for use in uses][:2] == [2, 2]
    assert all(use.kind == "read" for use in uses)


def test_a_read_that_is_not_consistent_is_not_one_of_ours(
    client: Client, reader: DynamoDBClient, table: str
) -> None:
    with pytest.raises(ValueError, match="consistent"), watched(client, reader):
        client.call("GetItem", {"TableName": table, "Key": NO_KEY})


def test_afterwards_requests_ask_for_nothing(
    client: Client, reader: DynamoDBClient, table: str
) -> None:
    with watched(client, reader) as uses:
        pass

    answer = client.call("PutItem", {"TableName": table, "Item": item(100)})

    assert "ConsumedCapacity" not in answer
    assert uses == []


def test_each_item_of_a_batch_is_a_read_of_its_own(
    client: Client, reader: DynamoDBClient, table: str
) -> None:
    items = [item(size) for size in (100, 4096, 4097)]
    for one in items:
        client.call("PutItem", {"TableName": table, "Item": one})
    keys = [{"pk": one["pk"], "sk": one["sk"]} for one in items]
    batch = {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}

    with watched(client, reader) as uses:
        client.call("BatchGetItem", batch)

    assert [(use.kind, use.by_items) for use in uses] == [("read", 4)]
