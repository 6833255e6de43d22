"""How reads page, and how many requests they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.errors import StorageUnreachable, Throttled
from roundtrip.storage.dynamodb import checkpoints, items
from roundtrip.storage.records import Damaged, HeadPage, Stream
from tests.contract.appends import deletion, new_append
from tests.unit.storage.wire import TABLE, Answer, Wire, listed, ok, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.storage.records import Head


def head(number: int) -> Head:
    return new_append(
        Stream("public", "orders", f"id-{number:03}"),
        state_text="{}",
        created_at=f"2026-01-01T00:00:00.{number:03}Z",
    ).head


# Newest first, as the index gives them.
HEADS = [head(number) for number in range(120, 0, -1)]


def index_page(heads: Sequence[Head], *, last: bool = True) -> Answer:
    entries = [listed(items.head_item(one)) for one in heads]
    return ok(Items=entries) if last else ok(Items=entries, LastEvaluatedKey=entries[-1])


def batch(heads: Sequence[Head], unprocessed: Sequence[Head] = ()) -> Answer:
    keys = [items.key(one.stream, "head") for one in unprocessed]
    waiting = {TABLE: {"Keys": keys, "ConsistentRead": True}} if keys else {}
    found = [items.head_item(one) for one in heads]
    return ok(Responses={TABLE: found}, UnprocessedKeys=waiting)


def keys_asked(request: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = request[1]["RequestItems"][TABLE]["Keys"]
    return keys


def table_of_heads(operation: str, request: dict[str, Any]) -> Answer:
    """Answer as a table of all `HEADS` does."""
    if operation == "BatchGetItem":
        by_pk = {items.pk(one.stream): one for one in HEADS}
        return batch([by_pk[key["pk"]["S"]] for key in keys_asked((operation, request))])
    start = request.get("ExclusiveStartKey", {}).get("listSk", {}).get("S")
    rest = [one for one in HEADS if start is None or items.list_sk(one) < start]
    return index_page(rest[: request["Limit"]], last=len(rest) <= request["Limit"])


class TestSingleItems:
    def test_a_load_is_one_consistent_read(self, wire: Wire, stream: Stream) -> None:
        expected = new_append(stream).head
        wire.answer(ok(Item=items.head_item(expected)))
        assert wire.storage.load(stream) == expected
        assert wire.operations() == ["GetItem"]
        assert wire.requests[0][1]["ConsistentRead"] is True

    def test_a_receipt_is_one_consistent_read(self, wire: Wire, stream: Stream) -> None:
        expected = new_append(stream, key="k").receipt
        assert expected is not None
        wire.answer(ok(Item=items.receipt_item(expected)))
        assert wire.storage.receipt(stream, "k") == expected
        assert wire.requests[0][1]["Key"]["sk"] == {"S": "receipt#k"}
        assert wire.requests[0][1]["ConsistentRead"] is True

    def test_nothing_there(self, wire: Wire, stream: Stream) -> None:
        wire.answer(ok())
        assert wire.storage.load(stream) is None
        assert wire.storage.receipt(stream, "k") is None


class TestCommits:
    def commits(self, stream: Stream, *first_versions: int) -> list[dict[str, Any]]:
        return [items.commit_item(new_append(stream, one).commit) for one in first_versions]

    def test_all_pages_are_read_though_some_are_empty(self, wire: Wire, stream: Stream) -> None:
        first, second = self.commits(stream, 1, 2)
        position = items.key(stream, "commit#000000000001")
        wire.answer(
            ok(Items=[], LastEvaluatedKey=position),
            ok(Items=[first], LastEvaluatedKey=position),
            ok(Items=[], LastEvaluatedKey=position),
            ok(Items=[second]),
        )
        found = [commit.first_version for commit in wire.storage.commits(stream, limit=1)]
        assert found == [1, 2]
        positions = [request.get("ExclusiveStartKey") for _, request in wire.requests]
        assert positions == [None, position, position, position]

    def test_each_page_is_asked_for_in_the_same_way(self, wire: Wire, stream: Stream) -> None:
        (item,) = self.commits(stream, 200)
        wire.answer(ok(Items=[item], LastEvaluatedKey=items.key(stream, "x")), ok(Items=[]))
        assert len(list(wire.storage.commits(stream, first=150, last=200, limit=3))) == 1
        first, second = (request for _, request in wire.requests)
        del second["ExclusiveStartKey"]
        assert first == second
        assert first["ConsistentRead"] is True
        assert first["ExpressionAttributeValues"][":low"] == {"S": "commit#000000000150"}
        assert first["ExpressionAttributeValues"][":high"] == {"S": "commit#000000000200"}

    def test_no_page_is_read_before_it_is_wanted(self, wire: Wire, stream: Stream) -> None:
        first, second = self.commits(stream, 1, 2)
        wire.answer(ok(Items=[first, second], LastEvaluatedKey=items.key(stream, "x")))
        commits = wire.storage.commits(stream)
        assert wire.requests == []
        assert next(commits).first_version == 1
        assert next(commits).first_version == 2
        assert len(wire.requests) == 1

    def test_a_failure_on_a_later_page_is_told(self, wire: Wire, stream: Stream) -> None:
        (first,) = self.commits(stream, 1)
        wire.answer(ok(Items=[first], LastEvaluatedKey=items.key(stream, "x")), refusal("x", 500))
        commits = wire.storage.commits(stream)
        assert next(commits).first_version == 1
        with pytest.raises(StorageUnreachable):
            next(commits)


class TestCheckpoints:
    def test_the_latest_is_one_consistent_query(self, wire: Wire, stream: Stream) -> None:
        expected = new_append(stream, 7, checkpoint=True).checkpoint
        assert expected is not None
        wire.answer(ok(Items=[checkpoints.checkpoint_item(expected)]))
        assert wire.storage.checkpoint(stream, "1", 9) == expected
        ((operation, request),) = wire.requests
        assert operation == "Query"
        assert (request["Limit"], request["ScanIndexForward"]) == (1, False)
        assert request["ConsistentRead"] is True

    def test_there_may_be_none(self, wire: Wire, stream: Stream) -> None:
        wire.answer(ok(Items=[]))
        assert wire.storage.checkpoint(stream, "1", 9) is None

    def test_one_is_kept_by_one_put(self, wire: Wire, stream: Stream) -> None:
        checkpoint = new_append(stream, 7, checkpoint=True).checkpoint
        assert checkpoint is not None
        wire.answer(ok())
        wire.storage.keep(checkpoint)
        ((operation, request),) = wire.requests
        assert (operation, request["Item"]) == ("PutItem", checkpoints.checkpoint_item(checkpoint))


class TestHeads:
    def test_the_heads_are_read_consistently_by_the_keys_of_the_index(self, wire: Wire) -> None:
        heads = HEADS[:3]
        # A batch answers in any order.
        wire.answer(index_page(heads), batch(list(reversed(heads))))
        page = wire.storage.heads("public", "orders", before=None, limit=5)
        assert page == HeadPage([*heads], None)
        assert wire.operations() == ["Query", "BatchGetItem"]
        assert keys_asked(wire.requests[1]) == [items.key(one.stream, "head") for one in heads]
        assert wire.requests[1][1]["RequestItems"][TABLE]["ConsistentRead"] is True

    def test_an_empty_store_is_one_request(self, wire: Wire) -> None:
        wire.answer(ok(Items=[]))
        assert wire.storage.heads("public", "orders", before=None, limit=5) == HeadPage([], None)
        assert wire.operations() == ["Query"]

    def test_a_page_shows_the_states_of_the_table_and_not_those_of_the_index(
        self, wire: Wire
    ) -> None:
        old = HEADS[0]
        new = new_append(old.stream, 2, state_text="[2]", created_at=old.created_at).head
        wire.answer(index_page([old]), batch([new]))
        assert wire.storage.heads("public", "orders", before=None, limit=5).heads == [new]

    def test_entries_whose_streams_have_ended_are_passed_over(self, wire: Wire) -> None:
        gone = [deletion(one.stream, created_at=one.created_at).head for one in HEADS[:2]]
        wire.answer(index_page(HEADS[:4]), batch([*gone, *HEADS[2:4]]))
        page = wire.storage.heads("public", "orders", before=None, limit=5)
        assert page == HeadPage([*HEADS[2:4]], None)

    def test_entries_without_a_head_are_passed_over(self, wire: Wire) -> None:
        wire.answer(index_page(HEADS[:3]), batch([HEADS[1]]))
        page = wire.storage.heads("public", "orders", before=None, limit=5)
        assert page == HeadPage([HEADS[1]], None)

    def test_a_page_of_ended_streams_is_followed_by_the_next(self, wire: Wire) -> None:
        gone = [deletion(one.stream, created_at=one.created_at).head for one in HEADS[:25]]
        wire.answer(
            index_page(HEADS[:25], last=False),
            batch(gone),
            index_page(HEADS[25:27]),
            batch(HEADS[25:27]),
        )
        page = wire.storage.heads("public", "orders", before=None, limit=24)
        assert page == HeadPage([*HEADS[25:27]], None)

    def test_a_page_ends_before_its_states_have_too_many_bytes(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(items, "PAGE_BYTES", 3 * len("{}"))
        wire.answer(table_of_heads)
        page = wire.storage.heads("public", "orders", before=None, limit=9)
        assert page == HeadPage([*HEADS[:3]], items.list_sk(HEADS[2]))

    def test_a_state_with_more_bytes_than_a_page_is_on_one_of_its_own(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(items, "PAGE_BYTES", 1)
        wire.answer(table_of_heads)
        page = wire.storage.heads("public", "orders", before=None, limit=9)
        assert page == HeadPage([*HEADS[:1]], items.list_sk(HEADS[0]))

    def test_a_damaged_head_is_marked_in_its_place(self, wire: Wire) -> None:
        found: Any = [items.head_item(one) for one in HEADS[:3]]
        found[1] = items.key(HEADS[1].stream, "head")
        wire.answer(index_page(HEADS[:3]), ok(Responses={TABLE: found}))
        page = wire.storage.heads("public", "orders", before=None, limit=5)
        first, damaged, last = page.heads
        assert [first, last] == [HEADS[0], HEADS[2]]
        assert isinstance(damaged, Damaged)
        assert damaged.stream == HEADS[1].stream
        assert "orders/id-119" in str(damaged.error)

    @pytest.mark.parametrize(
        ("limit", "operations"),
        [
            (1, ["Query", "BatchGetItem"]),
            (24, ["Query", "BatchGetItem"]),
            (25, ["Query", "BatchGetItem", "BatchGetItem"]),
        ],
    )
    def test_a_page_reads_no_more_than_it_needs(
        self, wire: Wire, limit: int, operations: list[str]
    ) -> None:
        # One Query for the page and the stream after it, one BatchGetItem for each 25 heads.
        wire.answer(table_of_heads)
        page = wire.storage.heads("public", "orders", before=None, limit=limit)
        assert page.heads == HEADS[:limit]
        assert wire.operations() == operations


class TestUnprocessedKeys:
    def test_they_are_asked_for_again_until_there_are_none(self, wire: Wire) -> None:
        heads = HEADS[:5]
        wire.answer(
            index_page(heads),
            batch(heads[:2], unprocessed=heads[2:]),
            batch(heads[4:], unprocessed=heads[2:4]),
            batch(heads[2:4]),
        )
        page = wire.storage.heads("public", "orders", before=None, limit=9)
        assert page == HeadPage([*heads], None)
        asked = [len(keys_asked(request)) for request in wire.requests[1:]]
        assert asked == [5, 3, 2]
        for request in wire.requests[1:]:
            assert request[1]["RequestItems"][TABLE]["ConsistentRead"] is True

    def test_a_batch_that_makes_no_progress_asks_to_wait(self, wire: Wire) -> None:
        wire.answer(index_page(HEADS[:2]), batch([], unprocessed=HEADS[:2]))
        with pytest.raises(Throttled):
            wire.storage.heads("public", "orders", before=None, limit=9)
        assert wire.operations() == ["Query", "BatchGetItem"]

    def test_a_batch_that_stops_making_progress_asks_to_wait(self, wire: Wire) -> None:
        wire.answer(
            index_page(HEADS[:2]),
            batch(HEADS[:1], unprocessed=HEADS[1:2]),
            batch([], unprocessed=HEADS[1:2]),
        )
        with pytest.raises(Throttled):
            wire.storage.heads("public", "orders", before=None, limit=9)
