from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.following.database import Database
from roundtrip_devtools.following.shards import Shards

if TYPE_CHECKING:
    from pathlib import Path


class Expired(Exception):
    pass


class Trimmed(Exception):
    pass


class Missing(Exception):
    pass


class Exceptions:
    ExpiredIteratorException = Expired
    TrimmedDataAccessException = Trimmed
    ResourceNotFoundException = Missing


class Streams:
    """A client of a stream whose shards have records with the numbers 1, 2, 3."""

    exceptions = Exceptions

    def __init__(self, **parents: str | None) -> None:
        self.parents = parents
        self.records: dict[str, list[int]] = {shard: [] for shard in parents}
        self.closed: set[str] = set()
        self.expired: set[str] = set()
        self.made = 0

    def describe_stream(self, *, StreamArn: str, ExclusiveStartShardId: str = "") -> Any:  # noqa: N803
        """Describe one shard a page."""
        assert StreamArn == "arn"
        names = list(self.parents)
        at = names.index(ExclusiveStartShardId) + 1 if ExclusiveStartShardId else 0
        parent = self.parents[names[at]]
        shard = {"ShardId": names[at], **({"ParentShardId": parent} if parent else {})}
        last = {"LastEvaluatedShardId": names[at]} if at + 1 < len(names) else {}
        return {"StreamDescription": {"Shards": [shard], **last}}

    def get_shard_iterator(self, **request: Any) -> Any:
        shard = request["ShardId"]
        if shard not in self.records:
            raise Missing
        records = self.records[shard]
        after = int(request.get("SequenceNumber", 0))
        if after and after not in records:
            raise Trimmed
        place = records.index(after) + 1 if after else 0
        self.made += 1
        return {"ShardIterator": f"{shard} {place} {self.made}"}

    def get_records(self, *, ShardIterator: str) -> Any:  # noqa: N803
        if ShardIterator in self.expired:
            raise Expired
        shard, place, made = ShardIterator.split()
        if shard not in self.records:
            raise Missing
        found = self.records[shard][int(place) :][:2]
        end = int(place) + len(found)
        more = {"NextShardIterator": f"{shard} {end} {made}"}
        if shard in self.closed and end == len(self.records[shard]):
            more = {}
        records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in found]
        return {"Records": records, **more}


class Reader:
    def __init__(self, streams: Any, path: Path) -> None:
        self.shards = Shards(streams, "arn", Database(path))

    def read(self, *, fails: int | None = None) -> list[tuple[str, int]]:
        """Read once; return what was taken. A record may fail."""
        taken = []
        for batch in self.shards.read():
            numbers = [int(one["dynamodb"]["SequenceNumber"]) for one in batch.records]
            good = numbers.index(fails) if fails in numbers else len(numbers)
            taken += [(batch.shard, number) for number in numbers[:good]]
            self.shards.settle(batch, good)
        return taken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "followers.sqlite"


def test_a_shard_is_read_from_where_the_last_worker_stopped(path: Path) -> None:
    streams = Streams(one=None)
    reader = Reader(streams, path)
    assert reader.read() == []
    streams.records["one"] = [1, 2, 3]
    assert reader.read() == [("one", 1), ("one", 2)]
    assert Reader(streams, path).read() == [("one", 3)]
    assert reader.read() == [("one", 3)]
    assert reader.read() == []


def test_what_failed_is_read_again_with_all_after_it(path: Path) -> None:
    streams = Streams(one=None)
    streams.records["one"] = [1, 2]
    reader = Reader(streams, path)
    assert reader.read(fails=1) == []
    assert reader.read(fails=2) == [("one", 1)]
    assert reader.read() == [("one", 2)]


def test_children_are_read_after_their_parents(path: Path) -> None:
    streams = Streams(one="trimmed", two="one")
    streams.records = {"one": [1, 2, 3], "two": [4]}
    streams.closed = {"one"}
    reader = Reader(streams, path)
    taken = [one for _ in range(4) for one in reader.read()]
    assert taken == [("one", 1), ("one", 2), ("one", 3), ("two", 4)]


def test_expired_iterators_and_trimmed_records(path: Path) -> None:
    streams = Streams(one=None)
    streams.records["one"] = [1]
    reader = Reader(streams, path)
    assert reader.read() == [("one", 1)]
    streams.expired = {"one 1 1"}
    streams.records["one"] = [1, 2]
    assert [reader.read(), reader.read()] == [[], [("one", 2)]]
    # Trimmed, or an engine that has forgotten its stream: what is left comes after the position.
    streams.expired = {"one 2 2"}
    streams.records["one"] = [7]
    assert [reader.read() for _ in range(3)] == [[], [], [("one", 7)]]


def test_a_shard_that_is_gone(path: Path) -> None:
    streams = Streams(one=None, two=None)
    streams.records = {"one": [1], "two": [2]}
    reader = Reader(streams, path)
    assert reader.read() == [("one", 1), ("two", 2)]
    del streams.records["one"], streams.parents["one"]
    streams.records["two"] = [2, 3]
    assert reader.read() == [("two", 3)]
    streams.records["two"] = [2, 3, 4]
    assert reader.read() == [("two", 4)]
