"""Shards: the order of reading, reading on DynamoDB Local, and the form of records."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.streamed_local.shards import Shard, ShardReader, Stream, ready, to_lambda
from tests.benchmarks.streamed_local.streams import Table, numbers_in

ARN = "arn:aws:dynamodb:ddblocal:000000000000:table/T/stream/S"


@pytest.fixture(scope="module")
def table(dynamodb_local_endpoint: str) -> Table:
    made = Table(dynamodb_local_endpoint)
    made.put(*range(1, 6))
    return made


@pytest.fixture
def reader(table: Table) -> ShardReader:
    (shard,) = table.stream.shards()
    return ShardReader(table.stream, shard.shard_id)


# ---- order of shards --------------------------------------------------------------------------


@given(st.data(), st.integers(1, 12))
@settings(max_examples=40)
def test_every_shard_is_read_once_and_after_its_parent(data: st.DataObject, number: int) -> None:
    shards: list[Shard] = []
    for one in range(number):
        parents = [None, "trimmed", *(shard.shard_id for shard in shards)]
        shards.append(Shard(f"shard-{one}", data.draw(st.sampled_from(parents))))
    listed = {shard.shard_id for shard in shards}
    shards = data.draw(st.permutations(shards))
    started: set[str] = set()
    finished: set[str] = set()
    while len(finished) < len(shards):
        for shard in ready(shards, started=started, finished=finished):
            assert shard.shard_id not in started
            assert shard.parent_id not in listed or shard.parent_id in finished
            started.add(shard.shard_id)
        assert started > finished, "no shard is ready"
        finished.add(data.draw(st.sampled_from(sorted(started - finished))))
    assert ready(shards, started=started, finished=finished) == []


# ---- reading ----------------------------------------------------------------------------------


@pytest.mark.engine
def test_reading_starts_with_the_oldest_record_and_keeps_to_the_limit(reader: ShardReader) -> None:
    assert [numbers_in(reader.read(2)) for _ in range(4)] == [[1, 2], [3, 4], [5], []]
    assert not reader.ended


@pytest.mark.engine
def test_a_record_has_the_form_for_functions(table: Table, reader: ShardReader) -> None:
    (first,) = reader.read(1)
    assert first["eventName"] == "INSERT"
    assert first["eventSourceARN"] == table.stream.arn
    assert first["dynamodb"]["Keys"] == {"id": {"S": "a"}}
    assert first["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "number": {"N": "1"}}
    assert isinstance(first["dynamodb"]["ApproximateCreationDateTime"], float)


@pytest.mark.engine
@pytest.mark.parametrize("read_before", [0, 2])
def test_an_expired_iterator_is_replaced(reader: ShardReader, read_before: int) -> None:
    if read_before:
        reader.read(read_before)
    else:
        reader._iterator = reader._new_iterator()
    made_ms = parts_of(reader)[2]
    change_iterator(reader, 2, f"{int(made_ms) - 20 * 60_000:0{len(made_ms)}d}")
    assert reader.read(10) == []
    assert numbers_in(reader.read(10)) == list(range(read_before + 1, 6))


@pytest.mark.engine
def test_trimmed_records_are_skipped(reader: ShardReader) -> None:
    reader._iterator = reader._new_iterator()
    change_iterator(reader, 1, "0" * 21)  # Before the oldest record.
    assert reader.read(10) == []
    assert numbers_in(reader.read(10)) == [1, 2, 3, 4, 5]


@pytest.mark.engine
def test_a_closed_shard_ends(dynamodb_local_endpoint: str) -> None:
    table = Table(dynamodb_local_endpoint)
    table.put(1)
    table.client.update_table(TableName=table.name, StreamSpecification={"StreamEnabled": False})
    (shard,) = table.stream.shards()
    reader = ShardReader(table.stream, shard.shard_id)
    assert numbers_in(reader.read(10)) == [1]
    assert reader.ended


def test_all_pages_of_shards_are_listed() -> None:
    pages = {
        None: {"Shards": [{"ShardId": "a"}], "LastEvaluatedShardId": "a"},
        "a": {"Shards": [{"ShardId": "b", "ParentShardId": "a"}]},
    }

    class Client:
        def describe_stream(self, **request: str) -> object:
            assert request["StreamArn"] == ARN
            return {"StreamDescription": pages[request.get("ExclusiveStartShardId")]}

    client: Any = Client()
    assert Stream(client, ARN).shards() == [Shard("a", None), Shard("b", "a")]


def parts_of(reader: ShardReader) -> list[str]:
    """Take an iterator of DynamoDB Local apart: shard, sequence number, time in ms."""
    assert reader._iterator is not None
    return base64.b64decode(reader._iterator.rpartition("|")[2] + "==").decode().split("|")


def change_iterator(reader: ShardReader, position: int, part: str) -> None:
    parts = parts_of(reader)
    parts[position] = part
    inner = base64.b64encode("|".join(parts).encode()).decode().rstrip("=")
    assert reader._iterator is not None
    reader._iterator = f"{reader._iterator.rpartition('|')[0]}|{inner}"


# ---- the form of records ----------------------------------------------------------------------

COMMON = {
    "eventID": "1",
    "eventName": "INSERT",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": "ddblocal",
}
CHANGE = {
    "Keys": {"id": {"S": "a"}},
    "SequenceNumber": "000000000000000000001",
    "SizeBytes": 12,
    "StreamViewType": "NEW_IMAGE",
}


def converted(image: Any, **more: Any) -> dict[str, Any]:
    """Convert a record as boto3 reads it."""
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    change = {**CHANGE, "ApproximateCreationDateTime": moment, "NewImage": image}
    return to_lambda({**COMMON, "dynamodb": change, **more}, ARN)


def test_a_record_has_the_documented_form() -> None:
    image = {
        "text": {"S": "é"},
        "number": {"N": "1.5"},
        "bytes": {"B": b"\x00\xff"},
        "many": {"BS": [b"a", b"b"]},
        "nested": {"M": {"list": {"L": [{"B": b"c"}, {"NULL": True}]}}},
    }
    expected = {
        **image,
        "bytes": {"B": "AP8="},
        "many": {"BS": ["YQ==", "Yg=="]},
        "nested": {"M": {"list": {"L": [{"B": "Yw=="}, {"NULL": True}]}}},
    }
    made = converted(image)
    change = {**CHANGE, "ApproximateCreationDateTime": 1767323045, "NewImage": expected}
    assert made == {**COMMON, "dynamodb": change, "eventSourceARN": ARN}
    assert json.loads(json.dumps(made)) == made


def test_a_deletion_by_ttl_names_its_author() -> None:
    made = converted({}, userIdentity={"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"})
    assert made["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}
