"""What is told of many changes: the patch or the state, whichever is smaller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roundtrip.limits import MAX_TOUCHED_BYTES
from roundtrip.redux import Action, Store
from roundtrip.redux.jsontext import decode
from roundtrip.redux.touched import Fate, SliceTouched, Touched
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing.flaky_storage import FlakyStorage
from tests.boards import BOARD, CARD_SLICE, patched
from tests.worlds import World

if TYPE_CHECKING:
    import pytest

    from roundtrip.engine.messages import Changes, Dispatched
    from roundtrip.storage.records import Head

STREAM = Stream("public", "boards", "a")
CARDS_OF_A_MEGABYTE = 3167


def cards(first: int, number: int, text: str = "t") -> Action:
    made = [{"id": f"c{each}", "text": text * 280} for each in range(first, first + number)]
    return Action("cards/upserted", {"cards": made})


def world(number: int, store: Store = BOARD, **options: Any) -> World:
    made = World(storage=FlakyStorage(MemoryStorage()), stores={"boards": store})
    made.dispatch(cards(0, number), stream=STREAM, **options)
    return made


def whole(made: World) -> Any:
    head = made.history.existing(made.stores["boards"], STREAM, deadline_s=1e9)
    return decode(head.state_text)


def since(made: World, version: int) -> tuple[Head, Changes | None]:
    store = made.stores["boards"]
    head = made.history.living_head(store, STREAM, deadline_s=1e9)
    return made.history.changes(store, head, version, deadline_s=1e9)


def test_a_thousand_changes_of_a_megabyte_are_a_third_of_it() -> None:
    made = world(CARDS_OF_A_MEGABYTE)
    before = whole(made)
    answered = made.dispatch(cards(0, 1000, "u"), stream=STREAM)
    assert answered.changes is not None
    read = since(made.beside(), 1)[1]
    assert read == answered.changes
    assert len(read.patch_text) < 0.4 * 300 * CARDS_OF_A_MEGABYTE
    assert patched(before, read.patch_text) == whole(made)
    made.dispatch(cards(1000, 500, "v"), stream=STREAM, answer="nothing")
    read = since(made.beside(), 1)[1]
    assert read is not None
    assert patched(before, read.patch_text) == whole(made)


def test_a_patch_larger_than_the_state_is_never_the_answer() -> None:
    made = world(CARDS_OF_A_MEGABYTE)
    answered = made.dispatch(cards(0, CARDS_OF_A_MEGABYTE, "u"), stream=STREAM, answer="changes")
    assert (answered.answer, answered.changes) == ("state", None)
    head, changes = since(made.beside(), 1)
    assert changes is None
    assert head.state_text == answered.head.state_text


def test_commits_larger_than_the_state_are_not_read_for_a_patch() -> None:
    made = world(100)
    for turn in range(6):
        made.dispatch(cards(0, 20, str(turn)), stream=STREAM, answer="nothing")
    assert since(made, 4)[1] is not None
    assert since(made, 1)[1] is None


def touched(**entities: int) -> Touched:
    found = Touched()
    found.slices = {
        key: SliceTouched(
            frozenset({"unread"}), {f"é{each}": Fate(each, None) for each in range(number)}
        )
        for key, number in entities.items()
    }
    return found


def test_what_a_commit_touched_has_a_limit_in_bytes() -> None:
    few, many = touched(a=30, b=20), touched(a=3000, b=2000, c=10)
    assert Touched.of_text(few.text()).slices == few.slices
    text = many.text()
    assert len(text.encode()) <= MAX_TOUCHED_BYTES
    assert Touched.of_text(text).slices == {
        **(many.slices or {}),
        "a": SliceTouched(None, {}),
    }
    assert Touched.of_text(touched(a=9000, b=9000).text()).slices == {
        "a": SliceTouched(None, {}),
        "b": SliceTouched(None, {}),
    }


def grown(store: Store, answer: str | None = None) -> Dispatched:
    """Let a state grow out of its head, all at once, after a small start."""
    made = world(20, store, answer=answer)
    return made.dispatch(cards(20, 8), stream=STREAM, answer=answer)


def test_a_state_that_was_just_divided_is_told_as_any_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert grown(BOARD).answer == "state"
    monkeypatch.setattr("roundtrip.engine.reducing.ANSWERED_CHARACTERS", 8 * 1024)
    answered = grown(BOARD)
    assert answered.snapshot is not None
    assert answered.changes is not None
    assert answered.changes.since == 1
    assert len(answered.changes.patch_text) < 4000
    assert grown(BOARD, "state").answer == "state"
    assert grown(BOARD, "nothing").changes is None
    assert world(30).dispatch(cards(30, 1), stream=STREAM).answer == "changes"
    plain = replace(CARD_SLICE.reducer, function=_reduced)
    assert grown(Store("boards", plain)).answer == "state"


def _reduced(state: Any, action: Action) -> Any:
    return CARD_SLICE.reducer.function(state, action)


def test_a_state_that_was_just_rebuilt_is_told_as_any_in_parts() -> None:
    made = world(200)
    before = whole(made)
    root = replace(BOARD.reducer, revision="2")
    new = World(storage=made.storage, stores={"boards": Store("boards", root)})
    answered = new.dispatch(cards(3, 2, "u"), stream=STREAM)
    assert answered.changes is not None
    assert len(answered.changes.patch_text) < 2000
    assert patched(before, answered.changes.patch_text) == whole(new)
