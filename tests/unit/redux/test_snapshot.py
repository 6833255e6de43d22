"""A manifest says where the parts are; parts leave the head and are cut anew as they grow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtrip.limits import MAX_PARTS
from roundtrip.redux import combine_reducers, create_entity_adapter, create_slice
from roundtrip.redux.buckets import lines_of, read_bucket, write_bucket
from roundtrip.redux.entities import NotLoaded, settled
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.layout import finish
from roundtrip.redux.parts import ALL, REST, PartKey, bucket_of
from roundtrip.redux.snapshot import Snapshot
from tests.boards import BOARD, CARDS, load, use_small_parts

if TYPE_CHECKING:
    from roundtrip.redux import Reducer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_parts(monkeypatch)


def board(number: int, *, unread: int = 3, width: int = 40) -> str:
    state = decode(BOARD.reducer.initial_text())
    cards = [{"id": f"c{each}", "text": "t" * width} for each in range(number)]
    state["cards"] = CARDS.set_all({**state["cards"], "unread": unread}, cards)
    return encode(state)


def finished(text: str, version: int = 1) -> Snapshot:
    snapshot = Snapshot.of_state(BOARD.reducer, text)
    finish(snapshot, version)
    return snapshot


@given(st.dictionaries(st.text() | st.integers(0, 99).map(str), JSON, max_size=8), st.randoms())
def test_a_bucket_is_read_as_it_was_written(entities: dict[str, Any], random: Any) -> None:
    ids: list[Any] = [int(key) if key.isdecimal() and key.isascii() else key for key in entities]
    random.shuffle(ids)
    lines = lines_of(ids, entities)
    found = read_bucket(write_bucket(lines))
    assert found == lines
    assert {key: decode(line.text) for key, line in found.items()} == entities
    assert [line.entity_id for line in sorted(found.values())] == list(
        settled(ids, entities).values()
    )


def test_buckets_are_about_equal_and_never_move() -> None:
    for buckets in (16, 68, 89):
        sizes = [0] * buckets
        for number in range(200 * buckets):
            sizes[bucket_of(f"c{number}", buckets)] += 1
        assert 140 < min(sizes) <= max(sizes) < 260
    assert [bucket_of(key, 16) for key in ("", "a", "é", "7")] == [14, 11, 0, 14]


@pytest.mark.parametrize(
    ("number", "buckets"), [(0, 1), (1, 1), (4, 1), (5, 4), (15, 4), (16, 16), (90, 68), (900, 68)]
)
def test_a_slice_has_more_buckets_the_larger_it_is(number: int, buckets: int) -> None:
    snapshot = finished(board(number))
    parts = snapshot.slices["cards"]
    assert (len(parts.buckets), parts.total, parts.following) == (buckets, number, number)
    assert snapshot.state_text() == board(number)


def test_a_slice_keeps_its_buckets_when_it_shrinks() -> None:
    snapshot = finished(board(90))
    after = snapshot.applied({})
    after._replace("cards", {}, 0)
    written = finish(after, 2)
    assert len(after.slices["cards"].buckets) == 68
    assert after.slices["cards"].size == 0
    assert sum(part.slice == "cards" for part in written) == 68


def test_small_parts_lie_in_the_head_and_the_largest_leaves_it_first() -> None:
    small = finished(board(0))
    assert small.stored() == set()
    assert small.manifest().count("past") == 1
    larger = Snapshot.of_state(BOARD.reducer, board(3))
    assert set(finish(larger, 7)) == {PartKey("cards", 0)}
    assert larger.due(PartKey("cards", 0)) == 7
    assert [larger.due(PartKey(key, REST)) for key in larger.slices] == [0, 0, 0, 0]
    assert larger.due(PartKey("cards", 1)) is larger.due(PartKey("no", REST)) is None


def test_a_part_that_left_the_head_does_not_come_back() -> None:
    snapshot = finished(board(3))
    after = snapshot.applied({})
    after._replace("cards", {}, 0)
    assert finish(after, 2) == {PartKey("cards", 0): ""}


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_manifest_says_all_but_the_parts_that_are_elsewhere(one: int, other: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        use_small_parts(patch)
        full = finished(board(one, unread=other), 5)
        cold = Snapshot.of_manifest(5, full.manifest())
        assert cold.slices == full.slices
        assert cold.wanted(cold.everything()) == full.stored()
        load(cold, cold.everything(), full)
        assert cold.state_text() == board(one, unread=other)
        assert cold.manifest() == full.manifest()


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1,2,3]", '[{"a":[1]},{},{}]', "null"])
def test_a_manifest_of_another_form_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Snapshot.of_manifest(1, text)


def test_parts_of_the_same_version_are_taken_over_and_no_others() -> None:
    before = finished(board(20), 1)
    after = before.applied({})
    key = PartKey("cards", bucket_of("c3", 16))
    line = before.line("cards", "c3")
    assert line is not None
    after._set_lines("cards", {"c3": line._replace(text='{"id":"c3"}')}, 20)
    assert set(finish(after, 2)) == {key}
    for known in (before, after):
        cold = Snapshot.of_manifest(2, after.manifest(), known)
        assert cold.wanted(cold.everything()) == ({key} if known is before else set())
    # A head that was rebuilt is cut into other buckets.
    assert Snapshot.of_manifest(3, finished(board(90), 3).manifest(), before).absent("cards") == [
        *range(68)
    ]


def test_what_a_snapshot_loads_later_is_not_in_its_copy_and_not_the_other_way() -> None:
    full = finished(board(20))
    cold = Snapshot.of_manifest(1, full.manifest())
    other = cold.copy()
    load(cold, [PartKey("cards", ALL)], full)
    assert len(other.absent("cards")) == 16
    texts = [*cold.rests.values(), cold.buckets["notes"].text(0)]
    texts += [cold.buckets["cards"].text(each) for each in range(16)]
    assert cold.pack() == sum(map(sys.getsizeof, texts))


def test_a_slice_that_is_cut_anew_must_be_loaded() -> None:
    full = finished(board(17, width=10))
    cold = Snapshot.of_manifest(1, full.manifest())
    load(cold, [PartKey("cards", 0)], full)
    cold.slices["cards"] = cold.slices["cards"]._replace(size=2000)
    with pytest.raises(NotLoaded) as missing:
        finish(cold, 2)
    assert missing.value.args == (PartKey("cards", ALL),)


def many_slices(number: int) -> Reducer:
    adapter = create_entity_adapter()
    return combine_reducers(
        {
            f"s{each}": create_slice(
                name=f"s{each}", initial_state=adapter.get_initial_state(), reducers={}
            )
            for each in range(number)
        }
    )


@pytest.mark.parametrize("number", [1, 3, 12, 40])
def test_one_transaction_can_write_all_parts(number: int) -> None:
    reducer = many_slices(number)
    one = CARDS.set_all(
        CARDS.get_initial_state(), [{"id": f"c{each}", "text": "t" * 40} for each in range(100)]
    )
    text = encode(dict.fromkeys(decode(reducer.initial_text()), one))
    snapshot = Snapshot.of_state(reducer, text)
    assert number <= len(finish(snapshot, 1)) <= MAX_PARTS
    assert snapshot.state_text() == text
