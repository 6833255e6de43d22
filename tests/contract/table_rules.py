"""What only a table shows: the form of the items, the index, the bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from roundtrip.errors import ConfigurationError, CorruptItem
from roundtrip.storage.dynamodb import appends, items, requests
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.records import Damaged, HeadPage, Stream
from tests.contract.appends import deletion, kept, new_append, written
from tests.engines_fixtures import make_client, own_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip.storage.dynamodb.client import Client
    from roundtrip.storage.records import Head


class Table(NamedTuple):
    """A table of template.yaml's form on some engine, and two clients of it.

    Attributes
    ----------
    client
        The client of the storage.
    sdk
        AWS's client, which looks at what the storage wrote.
    """

    client: Client
    sdk: DynamoDBClient
    name: str

    @classmethod
    def at(cls, endpoint_url: str, name: str) -> Table:
        return cls(own_client(endpoint_url), make_client(endpoint_url), name)

    def all_items(self, stream: Stream) -> list[dict[str, Any]]:
        """All items of a stream, as they are."""
        answer: Any = self.sdk.query(
            TableName=self.name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": items.pk(stream)}},
        )
        found: list[dict[str, Any]] = answer["Items"]
        return found

    def indexed(self, namespace: str, store: str) -> list[dict[str, Any]]:
        """All that the index has of a store."""
        request: Any = requests.query_heads(self.name, namespace, store, before=None, limit=1000)
        answer: Any = self.sdk.query(**request)
        found: list[dict[str, Any]] = answer["Items"]
        return found

    def put(self, item: items.Item) -> None:
        put: Any = self.sdk.put_item
        put(TableName=self.name, Item=item)


class TableRules:
    @pytest.fixture
    def storage(self, table: Table) -> DynamoDBStorage:
        return DynamoDBStorage(table.client, table.name)

    def test_a_stream_is_these_items_and_no_others(
        self, storage: DynamoDBStorage, table: Table, stream: Stream
    ) -> None:
        append = written(storage, new_append(stream, key="k"))
        found = {item["sk"]["S"]: item for item in table.all_items(stream)}
        assert found == {item["sk"]["S"]: item for item in appends.append_items(append)}
        assert list(found) == ["commit#000000000001", "head", "receipt#k"]
        written(storage, new_append(stream, 2, checkpoint=True))
        assert [item["sk"]["S"] for item in table.all_items(stream)] == [
            "checkpoint#1#000000000002",
            "commit#000000000001",
            "commit#000000000002",
            "head",
            "receipt#k",
        ]

    def test_the_index_holds_one_entry_of_keys_for_each_living_stream(
        self, storage: DynamoDBStorage, table: Table, stream: Stream, namespace: str
    ) -> None:
        head = written(storage, new_append(stream, key="k")).head
        entry = {
            **items.key(stream, "head"),
            "listPk": {"S": items.list_pk(namespace, stream.store)},
            "listSk": {"S": items.list_sk(head)},
        }
        assert table.indexed(namespace, stream.store) == [entry]
        written(storage, new_append(stream, 2))
        assert table.indexed(namespace, stream.store) == [entry]

    def test_a_deletion_takes_the_stream_out_of_the_index(
        self, storage: DynamoDBStorage, table: Table, stream: Stream, namespace: str
    ) -> None:
        written(storage, new_append(stream))
        written(storage, deletion(stream))
        assert table.indexed(namespace, stream.store) == []

    def test_an_index_that_lags_behind_shows_no_deleted_stream(
        self, storage: DynamoDBStorage, table: Table, namespace: str
    ) -> None:
        living = written(storage, new_append(Stream(namespace, "orders", "a"))).head
        for number in range(30):
            stream = Stream(namespace, "orders", f"z{number:02}")
            head = deletion(stream).head
            entry = {
                "listPk": {"S": items.list_pk(namespace, "orders")},
                "listSk": {"S": items.list_sk(head)},
            }
            table.put({**items.head_item(head), **entry})
        assert len(table.indexed(namespace, "orders")) == 31
        for limit in (1, 2, 100):
            page = storage.heads(namespace, "orders", before=None, limit=limit)
            assert page == HeadPage([living], None)

    def test_a_damaged_head_is_marked_and_the_rest_is_listed(
        self, storage: DynamoDBStorage, table: Table, namespace: str
    ) -> None:
        heads = [
            written(
                storage,
                new_append(
                    Stream(namespace, "orders", name), created_at=f"2026-01-0{day}T00:00:00.000Z"
                ),
            ).head
            for day, name in enumerate("abc", 1)
        ]
        table.put({**items.head_item(heads[1]), "state": {"S": '{"cut'}})
        for limit in (1, 2, 100):
            found: list[Head | Damaged] = []
            before = None
            while len(found) < len(heads):
                page = storage.heads(namespace, "orders", before=before, limit=limit)
                found += page.heads
                before = page.next
            assert before is None
            damaged = found.pop(1)
            assert found == [heads[2], heads[0]]
            assert isinstance(damaged, Damaged)
            assert damaged.stream.id == "b"
            assert "roundtrip repair" in str(damaged.error)

    @pytest.mark.parametrize(
        ("sk", "read"),
        [
            ("head", lambda storage, stream: storage.load(stream)),
            ("commit#000000000001", lambda storage, stream: list(storage.commits(stream))),
            ("receipt#k", lambda storage, stream: storage.receipt(stream, "k")),
            (
                "checkpoint#1#000000000001",
                lambda storage, stream: storage.checkpoint(stream, "1", 2),
            ),
            ("head", lambda storage, stream: storage.append(new_append(stream))),
            ("commit#000000000001", lambda storage, stream: storage.append(new_append(stream))),
            ("receipt#k", lambda storage, stream: storage.append(new_append(stream, key="k"))),
        ],
        ids=[
            "load",
            "commits",
            "receipt",
            "checkpoint",
            "head moved",
            "commit there",
            "receipt there",
        ],
    )
    def test_a_foreign_item_is_corrupt_wherever_it_is_met(
        self, storage: DynamoDBStorage, table: Table, stream: Stream, sk: str, read: Any
    ) -> None:
        table.put({**items.key(stream, sk), "other": {"S": "x"}})
        with pytest.raises(CorruptItem, match="orders/a"):
            read(storage, stream)

    def test_a_table_that_is_not_there_is_a_matter_of_configuration(
        self, table: Table, stream: Stream
    ) -> None:
        storage = DynamoDBStorage(table.client, "no-such-table")
        with pytest.raises(ConfigurationError, match="ResourceNotFoundException"):
            storage.load(stream)
        with pytest.raises(ConfigurationError, match="ResourceNotFoundException"):
            storage.append(new_append(stream))
        with pytest.raises(ConfigurationError, match="ResourceNotFoundException"):
            kept(storage, stream)
