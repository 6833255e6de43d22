"""Slices of entities share the parts that a transaction can write, by their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.limits import BUCKET_CHARACTERS, MAX_DIVIDED_BYTES, MAX_PARTS, MAX_TRANSACTION_BYTES
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.layout import buckets_of, finish
from roundtrip.redux.parts import ROOT
from roundtrip.redux.snapshot import Snapshot
from tests.boards import CARD_STORE, CARDS

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = st.one_of(st.integers(0, 40_000), st.integers(0, MAX_DIVIDED_BYTES))
GROWTHS = st.integers(1, 9).flatmap(
    lambda number: st.lists(st.lists(SIZES, min_size=number, max_size=number), max_size=8)
)


def settled(sizes: Mapping[str, int], now: Mapping[str, int], room: int) -> dict[str, int]:
    """Cut anew as often as it takes, and check each time."""
    for _ in range(3):
        found = buckets_of(sizes, now, room)
        assert found.keys() == sizes.keys()
        assert sum(found.values()) <= room
        assert min(found.values()) >= 1
        grown = {key for key in found if found[key] > now[key]}
        shrunk = {key for key in found if found[key] < now[key]}
        # Else a transaction would delete as many parts as it writes others.
        assert not grown or not shrunk
        assert sum(sizes[key] for key in shrunk) <= MAX_TRANSACTION_BYTES
        if found == now:
            break
        now = found
    return buckets_of(sizes, now, room)


@given(GROWTHS, st.integers(9, MAX_PARTS))
def test_slices_never_have_more_buckets_than_there_is_room_for(
    growths: list[list[int]], room: int
) -> None:
    now = {str(each): 1 for each in range(len(growths[0]))} if growths else {}
    for each in growths:
        sizes = {str(number): size for number, size in enumerate(each)}
        now = settled(sizes, now, room)
        assert buckets_of(sizes, now, room) == now
        enough = min(16, room // len(sizes))
        for key, size in sizes.items():
            assert now[key] >= min(enough, -(-size // BUCKET_CHARACTERS)) // 4


@pytest.mark.parametrize("large", [200_000, 3_000_000])
@pytest.mark.parametrize("room", [40, 88])
def test_slices_that_grow_alike_have_about_as_many_buckets(large: int, room: int) -> None:
    now = settled({"a": large, "b": 3000}, {"a": 1, "b": 1}, room)
    assert now == {"a": room - 16, "b": 1}
    for size in range(3000, large, 50_000):
        now = settled({"a": large, "b": size}, now, room)
    assert now["b"] <= now["a"] <= 2 * now["b"] + 1


def test_a_slice_too_large_to_be_cut_anew_keeps_its_buckets() -> None:
    now = {"a": 72, "b": 16}
    assert buckets_of({"a": MAX_TRANSACTION_BYTES + 1, "b": 4_000_000}, now, 88) == now
    assert buckets_of({"a": MAX_TRANSACTION_BYTES, "b": 3_900_000}, now, 88)["a"] < 72


def test_one_slice_has_all_parts_but_its_rest_and_is_cut_three_times_on_the_way() -> None:
    seen = [1]
    for size in range(0, 400_000, 1000):
        seen.append(buckets_of({"a": size}, {"a": seen[-1]}, MAX_PARTS - 1)["a"])
    assert sorted(set(seen)) == [1, 4, 16, MAX_PARTS - 1]
    assert seen == sorted(seen)


def test_a_state_of_more_slices_than_half_the_parts_is_one_part() -> None:
    reducer = CARD_STORE.reducer
    text = encode({f"s{each}": "t" * 9000 for each in range(MAX_PARTS // 2 + 1)})
    several = Snapshot.of_state(reducer, text)
    assert (list(several.slices), several.state_text()) == ([ROOT], text)
    assert len(finish(several, 1)) == 1


def test_a_bucket_of_a_megabyte_has_a_ninetieth_of_it() -> None:
    cards = [{"id": f"c{each}", "text": f"{each}" * 60} for each in range(4000)]
    text = encode(CARDS.set_all(decode(CARD_STORE.reducer.initial_text()), cards))
    snapshot = Snapshot.of_state(CARD_STORE.reducer, text)
    written = finish(snapshot, 1)
    assert snapshot.state_text() == text
    sizes = [len(part) for key, part in written.items() if key.bucket >= 0]
    assert len(sizes) == MAX_PARTS - 1
    assert max(sizes) < 2 * len(text) / len(sizes)
