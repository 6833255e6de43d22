"""Shards: which to read when, and reading one of DynamoDB Local."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.streamed_local.shards import Shard, ShardReader, Stream, ready
from tests.benchmarks.streamed_local.streams import Table, numbers_in

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def table(dynamodb_local_endpoint: str) -> Table:
    made = Table(dynamodb_local_endpoint)
    made.put(*range(1, 6))
    return made


def only_shard(table: Table) -> str:
    (shard,) = table.stream.shards()
    return shard.shard_id


# ---- order of shards --------------------------------------------------------------------------


@st.composite
def families(draw: st.DrawFn) -> list[Shard]:
    """Shards whose parents come before them, were trimmed, or never were; in any order."""
    shards: list[Shard] = []
    for number in range(draw(st.integers(min_value=1, max_value=12))):
        parents = [None, "trimmed", *(shard.shard_id for shard in shards)]
        shards.append(Shard(f"shard-{number}", draw(st.sampled_from(parents))))
    return draw(st.permutations(shards))


@given(families(), st.data())
def test_every_shard_is_read_once_and_after_its_parent(
    shards: list[Shard], data: st.DataObject
) -> None:
    started: set[str] = set()
    finished: set[str] = set()
    while len(finished) < len(shards):
        for shard in ready(shards, started=started, finished=finished):
            assert shard.shard_id not in started
            listed = {one.shard_id for one in shards}
            assert shard.parent_id not in listed or shard.parent_id in finished
            started.add(shard.shard_id)
        assert started > finished, "nothing goes on"
        finished.add(data.draw(st.sampled_from(sorted(started - finished))))
    assert ready(shards, started=started, finished=finished) == []


# ---- reading on DynamoDB Local ----------------------------------------------------------------


def test_reading_begins_with_the_oldest_record(table: Table) -> None:
    reader = ShardReader(table.stream, only_shard(table))
    assert numbers_in(reader.read(1000)) == [1, 2, 3, 4, 5]
    assert reader.read(1000) == []
    assert not reader.ended


def test_no_more_is_read_than_asked_for(table: Table) -> None:
    reader = ShardReader(table.stream, only_shard(table))
    assert [numbers_in(reader.read(2)) for _ in range(4)] == [[1, 2], [3, 4], [5], []]


def test_reading_goes_on_after_a_checkpoint(table: Table) -> None:
    third = ShardReader(table.stream, only_shard(table)).read(3)[-1]
    number = third["dynamodb"]["SequenceNumber"]
    assert numbers_in(ShardReader(table.stream, only_shard(table), after=number).read(10)) == [4, 5]


def test_a_record_is_as_a_function_gets_it(table: Table) -> None:
    (first,) = ShardReader(table.stream, only_shard(table)).read(1)
    assert first["eventName"] == "INSERT"
    assert first["eventSourceARN"] == table.stream.arn
    assert first["dynamodb"]["Keys"] == {"id": {"S": "a"}}
    assert first["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "number": {"N": "1"}}
    assert isinstance(first["dynamodb"]["ApproximateCreationDateTime"], float)


@pytest.mark.parametrize("read_before", [0, 2])
def test_an_iterator_that_expired_is_replaced(table: Table, read_before: int) -> None:
    reader = ShardReader(table.stream, only_shard(table))
    if read_before:
        reader.read(read_before)
    else:
        reader._iterator = reader._new_iterator()
    reader._iterator = aged(reader._iterator)
    assert reader.read(10) == []
    assert numbers_in(reader.read(10)) == list(range(read_before + 1, 6))


def test_what_was_trimmed_is_passed_over(table: Table) -> None:
    reader = ShardReader(table.stream, only_shard(table))
    reader._iterator = placed(reader._new_iterator(), "0" * 21)  # Before the oldest record.
    assert reader.read(10) == []
    assert numbers_in(reader.read(10)) == [1, 2, 3, 4, 5]


def test_a_closed_shard_ends(dynamodb_local_endpoint: str) -> None:
    table = Table(dynamodb_local_endpoint)
    table.put(1)
    table.client.update_table(TableName=table.name, StreamSpecification={"StreamEnabled": False})
    reader = ShardReader(table.stream, only_shard(table))
    assert numbers_in(reader.read(10)) == [1]
    assert reader.ended


def test_all_pages_of_shards_are_listed(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    pages = {
        None: {"Shards": [{"ShardId": "a"}], "LastEvaluatedShardId": "a"},
        "a": {"Shards": [{"ShardId": "b", "ParentShardId": "a"}]},
    }

    def describe(*, StreamArn: str, ExclusiveStartShardId: str | None = None) -> object:  # noqa: N803
        assert StreamArn == table.stream.arn
        return {"StreamDescription": pages[ExclusiveStartShardId]}

    stream = Stream(table.stream.client, table.stream.arn)
    monkeypatch.setattr(stream.client, "describe_stream", describe)
    assert stream.shards() == [Shard("a", None), Shard("b", "a")]


def aged(iterator: str | None) -> str:
    """Make an iterator of DynamoDB Local 20 minutes older."""
    shard, number, made_ms = _parts(iterator)
    return _joined(iterator, f"{shard}|{number}|{int(made_ms) - 20 * 60_000:0{len(made_ms)}d}")


def placed(iterator: str | None, number: str) -> str:
    """Let an iterator of DynamoDB Local begin at a sequence number."""
    shard, _, made_ms = _parts(iterator)
    return _joined(iterator, f"{shard}|{number}|{made_ms}")


def _parts(iterator: str | None) -> list[str]:
    assert iterator is not None
    return base64.b64decode(iterator.rpartition("|")[2] + "==").decode().split("|")


def _joined(iterator: str | None, inner: str) -> str:
    assert iterator is not None
    return f"{iterator.rpartition('|')[0]}|{base64.b64encode(inner.encode()).decode().rstrip('=')}"
