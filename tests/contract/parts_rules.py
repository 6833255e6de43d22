"""What a state in parts is: written, replaced and dropped with the commit that does so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.errors import TooLarge
from roundtrip.limits import (
    MAX_BUCKET_BYTES,
    MAX_ITEM_BYTES,
    MAX_PARTS,
    MAX_TRANSACTION_BYTES,
)
from roundtrip.redux.parts import REST, PartKey
from roundtrip.storage.records import Append, Committed, Moved, Part, Receipted, Stream
from tests.contract.appends import incompressible, kept, new_append, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip.storage.port import Storage

LEFT = (PartKey("old", REST), PartKey("é#x", 7))
NAMES = ("cards", "@@root", "é#x", 'a"\\\n', "piece", "7")


def parted(append: Append, parts: Iterable[PartKey], *dropped: PartKey, text: str = "") -> Append:
    """Let an append write parts and drop others."""
    version = append.head.version
    return append._replace(
        commit=append.commit._replace(touched_text=f'{{"at":{version}}}'),
        head=append.head._replace(state_text="", manifest_text=f"[{version}]", left=LEFT),
        parts=tuple(Part(key, version, text or f"{key} at {version}\n\u2028") for key in parts),
        dropped=dropped,
    )


def buckets(number: int, name: str = "cards") -> list[PartKey]:
    return [PartKey(name, each) for each in range(number)]


def line(size_bytes: int) -> str:
    """Make the line of an entity."""
    return f'0\t"a"\t{incompressible(size_bytes)}'


def held(append: Append) -> dict[PartKey, Part]:
    return {part.key: part for part in append.parts}


class PartsRules:
    def test_parts_are_written_with_their_commit(self, storage: Storage, stream: Stream) -> None:
        keys = [PartKey(name, number) for name in NAMES for number in (REST, 0, 9, 63)]
        append = written(storage, parted(new_append(stream, count=3, key="k"), keys))
        assert kept(storage, stream, "k") == (
            append.head,
            [append.commit],
            [append.receipt],
            [append.head],
        )
        assert storage.parts(stream, keys) == held(append)
        assert storage.parts(stream, keys[:1]) == {keys[0]: append.parts[0]}
        assert storage.parts(stream, []) == {}
        assert storage.parts(stream, [PartKey("cards", 1), PartKey("card", 0)]) == {}
        for other in (stream._replace(id="aa"), stream._replace(store="orders2")):
            assert storage.parts(other, keys) == {}

    def test_a_part_keeps_the_version_that_wrote_it(self, storage: Storage, stream: Stream) -> None:
        first = written(storage, parted(new_append(stream), buckets(4)))
        second = written(storage, parted(new_append(stream, 2), buckets(2)))
        assert storage.parts(stream, buckets(4)) == held(first) | held(second)
        assert storage.load(stream) == second.head

    def test_dropped_parts_go_with_the_commit(self, storage: Storage, stream: Stream) -> None:
        written(storage, parted(new_append(stream), buckets(4)))
        gone = buckets(4)[1:3]
        written(storage, parted(new_append(stream, 2), buckets(1), *gone, PartKey("none", REST)))
        found = storage.parts(stream, buckets(4))
        assert {key: part.version for key, part in found.items()} == {
            PartKey("cards", 0): 2,
            PartKey("cards", 3): 1,
        }

    @pytest.mark.parametrize("key", [None, "k"])
    def test_all_parts_fit_into_one_transaction(
        self, storage: Storage, stream: Stream, key: str | None
    ) -> None:
        first = written(storage, parted(new_append(stream, key=key), buckets(MAX_PARTS)))
        again = parted(new_append(stream, 2, key=key and "k2"), buckets(85), *buckets(7, "old"))
        written(storage, again)
        assert storage.append(again) == Committed()
        assert storage.parts(stream, buckets(MAX_PARTS)) == held(first) | held(again)

    @pytest.mark.parametrize("refused", ["moved", "receipted", "both"])
    def test_a_refusal_of_many_items_is_read_right_and_writes_nothing(
        self, storage: Storage, stream: Stream, refused: str
    ) -> None:
        first = written(storage, parted(new_append(stream, key="k"), buckets(4)))
        second = written(storage, parted(new_append(stream, 2), buckets(2)))
        version = 3 if refused == "receipted" else 2
        stale = parted(
            new_append(stream, version, key="k2" if refused == "moved" else "k"),
            buckets(80)[2:],
            *buckets(2),
            *buckets(12, "old"),
        )
        answer = storage.append(stale)
        assert first.receipt is not None
        moved = None if refused == "receipted" else second.head
        assert answer == (Moved(moved) if refused == "moved" else Receipted(first.receipt, moved))
        assert storage.parts(stream, buckets(80)) == held(first) | held(second)
        assert kept(storage, stream, "k2") == (
            second.head,
            [first.commit, second.commit],
            [None],
            [second.head],
        )

    def test_a_first_commit_that_lost_is_refused_with_the_manifest(
        self, storage: Storage, stream: Stream
    ) -> None:
        first = written(storage, parted(new_append(stream), buckets(90)))
        assert storage.append(parted(new_append(stream), buckets(90))) == Moved(first.head)
        assert first.head.manifest_text == "[1]"

    def test_a_part_larger_than_an_item_is_refused(self, storage: Storage, stream: Stream) -> None:
        written(storage, new_append(stream))
        large = parted(new_append(stream, 2), buckets(1), text=line(2 * MAX_ITEM_BYTES))
        with pytest.raises(TooLarge) as refusal:
            storage.append(large)
        assert refusal.value.limit_bytes == MAX_BUCKET_BYTES
        assert storage.parts(stream, buckets(1)) == {}
        assert kept(storage, stream).head == new_head(storage, stream, 1)

    def test_more_than_a_transaction_can_hold_is_refused(
        self, storage: Storage, stream: Stream
    ) -> None:
        text = line(400_000)
        with pytest.raises(TooLarge) as refusal:
            storage.append(parted(new_append(stream), buckets(16), text=text))
        assert refusal.value.limit_bytes == MAX_TRANSACTION_BYTES
        assert kept(storage, stream) == (None, [], [], [])
        append = written(storage, parted(new_append(stream), buckets(9), text=text))
        assert storage.parts(stream, buckets(16)) == held(append)


def new_head(storage: Storage, stream: Stream, version: int) -> object:
    head = storage.load(stream)
    assert head is not None
    assert (head.version, head.manifest_text) == (version, None)
    return head
