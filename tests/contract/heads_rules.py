"""What listing the streams of a store means: newest first, each once, none that is deleted."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from roundtrip.limits import MAX_STATE_BYTES
from roundtrip.storage.records import Damaged, Head, HeadPage, Stream
from tests.contract.appends import deletion, incompressible, new_append, written

if TYPE_CHECKING:
    from roundtrip.storage.port import Storage

STORE = "orders"


def created_at(second: int) -> str:
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}.000Z"


def made(
    storage: Storage, namespace: str, number: int, *, second: int = 0, state_text: str = "{}"
) -> Head:
    append = new_append(
        Stream(namespace, STORE, f"id-{number:03}"),
        state_text=state_text,
        created_at=created_at(second),
    )
    return written(storage, append).head


def pages(storage: Storage, namespace: str, limit: int) -> list[HeadPage]:
    """Read a listing page by page, to its end."""
    found = [storage.heads(namespace, STORE, before=None, limit=limit)]
    positions: list[str] = []
    while (position := found[-1].next) is not None:
        assert found[-1].heads, "a page with a successor holds something"
        assert position not in positions, "each page ends further on"
        positions.append(position)
        found.append(storage.heads(namespace, STORE, before=position, limit=limit))
    return found


def heads_of(page: HeadPage) -> list[Head]:
    assert not any(isinstance(head, Damaged) for head in page.heads)
    return [head for head in page.heads if isinstance(head, Head)]


def listed(storage: Storage, namespace: str, limit: int = 100) -> list[Head]:
    return [head for page in pages(storage, namespace, limit) for head in heads_of(page)]


class HeadsRules:
    def test_a_store_without_streams_is_an_empty_page(
        self, storage: Storage, namespace: str
    ) -> None:
        assert storage.heads(namespace, STORE, before=None, limit=10) == HeadPage([], None)

    def test_the_newest_stream_comes_first(self, storage: Storage, namespace: str) -> None:
        heads = [
            made(storage, namespace, number, second=second)
            for number, second in ((3, 5), (1, 9), (2, 61), (4, 1))
        ]
        heads.sort(key=lambda head: head.created_at, reverse=True)
        assert listed(storage, namespace) == heads

    def test_a_change_does_not_move_a_stream_and_shows_its_newest_state(
        self, storage: Storage, namespace: str
    ) -> None:
        old, new = (made(storage, namespace, number, second=number) for number in (1, 2))
        changed = new_append(old.stream, 2, state_text="[2]", created_at=old.created_at)
        written(storage, changed)
        assert listed(storage, namespace) == [new, changed.head]

    def test_a_listing_is_of_one_namespace_and_one_store(
        self, storage: Storage, namespace: str
    ) -> None:
        spaces = (namespace, namespace + "0", namespace[:-1] + "~")
        stores = ("orders", "orders2", "order", "Orders")
        ids = ("a", "aa", "orders")
        made_heads = {
            (space, store): {
                written(storage, new_append(Stream(space, store, identity))).head
                for identity in ids
            }
            for space, store in product(spaces, stores)
        }
        for (space, store), heads in made_heads.items():
            page = storage.heads(space, store, before=None, limit=100)
            assert len(page.heads) == len(heads)
            assert set(page.heads) == heads

    @pytest.mark.parametrize("limit", range(1, 10))
    def test_pages_hold_each_stream_once_in_order(
        self, storage: Storage, namespace: str, limit: int
    ) -> None:
        # Some were made in the same millisecond.
        heads = {made(storage, namespace, number, second=number // 3) for number in range(8)}
        found = pages(storage, namespace, limit)
        everything = [head for page in found for head in heads_of(page)]
        assert len(everything) == len(heads)
        assert set(everything) == heads
        assert [head.created_at for head in everything] == sorted(
            (head.created_at for head in heads), reverse=True
        )
        assert [len(page.heads) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert 0 < len(found[-1].heads) <= limit

    def test_more_streams_than_one_request_reads_are_all_listed(
        self, storage: Storage, namespace: str
    ) -> None:
        heads = [made(storage, namespace, number, second=number) for number in range(105)]
        heads.reverse()
        for limit in (30, 100, 105, 200):
            assert listed(storage, namespace, limit) == heads

    def test_a_deleted_stream_is_never_listed(self, storage: Storage, namespace: str) -> None:
        heads = [made(storage, namespace, number, second=number) for number in range(9)]
        for head in heads[::2]:
            written(storage, deletion(head.stream, created_at=head.created_at))
        for limit in (1, 2, 3, 4, 5, 100):
            assert listed(storage, namespace, limit) == [heads[7], heads[5], heads[3], heads[1]]

    def test_a_store_of_deleted_streams_is_an_empty_page(
        self, storage: Storage, namespace: str
    ) -> None:
        for number in range(3):
            head = made(storage, namespace, number)
            written(storage, deletion(head.stream))
        assert storage.heads(namespace, STORE, before=None, limit=1) == HeadPage([], None)

    def test_a_page_goes_on_where_the_one_before_ended_whatever_happened_between(
        self, storage: Storage, namespace: str
    ) -> None:
        heads = [made(storage, namespace, number, second=number) for number in range(6)]
        page = storage.heads(namespace, STORE, before=None, limit=2)
        assert page.heads == [heads[5], heads[4]]
        made(storage, namespace, 9, second=9)
        for head in (heads[4], heads[3]):
            written(storage, deletion(head.stream, created_at=head.created_at))
        page = storage.heads(namespace, STORE, before=page.next, limit=2)
        assert page.heads == [heads[2], heads[1]]

    def test_a_page_after_the_last_stream_is_empty(self, storage: Storage, namespace: str) -> None:
        made(storage, namespace, 1, second=5)
        before = f"{created_at(5)}#id-001"
        assert storage.heads(namespace, STORE, before=before, limit=1) == HeadPage([], None)

    @pytest.mark.parametrize("limit", [1, 3, 100])
    def test_a_page_of_large_states_is_cut_by_their_bytes_and_loses_none(
        self, storage: Storage, namespace: str, limit: int
    ) -> None:
        sizes_bytes = (700_000, 900_000, MAX_STATE_BYTES, 10, 600_000, 800_000, 2_000_000)
        heads = [
            made(storage, namespace, number, second=number, state_text=f'"{"x" * (size - 2)}"')
            for number, size in enumerate(sizes_bytes)
        ]
        heads.reverse()
        found = pages(storage, namespace, limit)
        assert [head for page in found for head in page.heads] == heads
        for page in found:
            page_bytes = sum(len(head.state_text) for head in heads_of(page))
            assert page_bytes <= MAX_STATE_BYTES or len(page.heads) == 1

    def test_states_that_fill_the_engines_pages_are_all_listed(
        self, storage: Storage, namespace: str
    ) -> None:
        # Each takes nearly all that an item may have.
        heads = [
            made(
                storage,
                namespace,
                number,
                second=number,
                state_text=incompressible(520_000, seed=number),
            )
            for number in range(6)
        ]
        heads.reverse()
        assert listed(storage, namespace) == heads
