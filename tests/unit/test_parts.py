"""What is read and written of a state in parts: no more than an action touches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.errors import Busy, CorruptItem, NothingApplied, ReplayFailed, StreamDeleted
from roundtrip.limits import MAX_STATE_BYTES
from roundtrip.redux import Action, Store, case, combine_reducers, create_slice, replay
from roundtrip.redux.jsontext import decode
from roundtrip.redux.parts import PartKey, bucket_of
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Committed, Part, Stream
from roundtrip.testing.flaky_storage import FlakyStorage
from tests.boards import (
    BOARD,
    CARD_SLICE,
    CARD_STORE,
    CARDS,
    cases,
    many_cards,
    patched,
    use_small_parts,
)
from tests.worlds import World, events_of, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from roundtrip.engine.messages import Changes
    from roundtrip.storage.records import Append, Appended, Head

STREAM = Stream("public", "boards", "a")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_parts(monkeypatch)


@dataclass
class Noted(MemoryStorage):
    """Notes the parts that are asked for, and the appends."""

    asked: list[PartKey] = field(default_factory=list)
    appends: list[Append] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        listed = list(keys)
        self.asked += listed
        return super().parts(stream, listed)

    def append(self, append: Append) -> Appended:
        answer = super().append(append)
        if answer == Committed():
            self.appends.append(append)
        return answer


def containers(*stores: Store, number: int = 2) -> list[World]:
    """Start containers on one storage with a large board."""
    inner = Noted()
    known = {store.name: store for store in stores or (BOARD,)}
    worlds = [World(storage=FlakyStorage(inner), stores=known) for _ in range(number)]
    fill = World(storage=FlakyStorage(inner), stores=known)
    for store in known.values():
        fill.dispatch(*many_cards(40), stream=STREAM._replace(store=store.name))
    inner.asked.clear()
    inner.appends.clear()
    return worlds


def moved(number: int, column: str = "z") -> Action:
    return Action("cards/moved", {"id": f"c{number}", "column": column})


def place(number: int) -> PartKey:
    return PartKey("cards", bucket_of(f"c{number}", 16))


def spent(world: World) -> dict[str, int]:
    counts = dict(world.storage.calls)
    world.storage.calls.clear()
    world.storage.inner.asked, asked = [], world.storage.inner.asked
    return {**counts, "asked": len(asked)}


def changed(world: World, since: int) -> tuple[Head, Changes | None]:
    head = world.history.living_head(BOARD, STREAM, deadline_s=1e9)
    return world.history.changes(BOARD, head, since, deadline_s=1e9)


def whole(world: World, stream: Stream = STREAM) -> Head:
    return world.history.existing(world.stores[stream.store], stream, deadline_s=1e9)


def test_a_cold_dispatch_reads_the_head_and_one_part_of_the_only_slice_it_concerns() -> None:
    world, _ = containers()
    world.dispatch(moved(1), stream=STREAM, answer="changes")
    assert world.storage.inner.asked == [place(1)]
    assert spent(world) == {"load": 1, "parts": 1, "append": 1, "asked": 1}
    append = world.storage.inner.appends[-1]
    assert [part.key for part in append.parts] == [place(1)]
    assert append.head.state_text == ""


def test_a_warm_dispatch_reads_nothing() -> None:
    world, _ = containers()
    world.dispatch(moved(1), stream=STREAM, answer="nothing")
    spent(world)
    world.dispatch(moved(1, "y"), stream=STREAM, answer="changes")
    assert spent(world) == {"append": 1, "asked": 0}
    world.dispatch(moved(2), stream=STREAM, answer="nothing")
    assert spent(world) == {"append": 1, "parts": 1, "asked": 1}


def test_after_a_lost_race_only_changed_parts_are_read() -> None:
    world, rival = containers()
    for each in (1, 2, 3):
        world.dispatch(moved(each), stream=STREAM, answer="nothing")
    rival.dispatch(moved(2, "q"), stream=STREAM, answer="nothing")
    spent(world)
    # The refusal has the head, and the part that the action needs has not changed.
    world.dispatch(moved(1, "w"), stream=STREAM, answer="changes")
    assert spent(world) == {"append": 2, "asked": 0}
    rival.dispatch(moved(3, "x"), stream=STREAM, answer="nothing")
    spent(world)
    # The container reads the head first while another one writes the stream.
    world.dispatch(moved(1), stream=STREAM, answer="changes")
    assert spent(world) == {"load": 1, "append": 1, "asked": 0}
    rival.dispatch(moved(3, "y"), stream=STREAM, answer="nothing")
    spent(world)
    # Now the part has changed.
    world.dispatch(moved(3, "s"), stream=STREAM, answer="changes")
    assert world.storage.inner.asked == [place(3)]
    spent(world)
    entities = decode(whole(world).state_text)["cards"]["entities"]
    assert [entities[f"c{each}"]["column"] for each in (1, 2, 3)] == ["z", "q", "s"]


def test_a_read_keeps_the_parts_that_still_hold() -> None:
    world, rival = containers()
    whole(world)
    rival.dispatch(moved(1), stream=STREAM, answer="nothing")
    spent(world)
    whole(world)
    assert world.storage.inner.asked == [place(1)]
    changed(world, 40)
    spent(world)
    world.dispatch(moved(5), stream=STREAM)
    assert spent(world) == {"append": 1, "asked": 0}


def test_a_stream_that_was_made_again_takes_over_nothing() -> None:
    world, _ = containers()
    whole(world)
    world.storage.inner._items.clear()
    other = world.beside()
    other.clock.advance(seconds=9)
    other.dispatch(*many_cards(40, text="u" * 40), stream=STREAM)
    assert decode(whole(world).state_text)["cards"]["entities"]["c1"]["text"] == "u" * 40


@pytest.mark.parametrize("holds", ["one part", "all parts"])
@pytest.mark.parametrize("versions", [0, 3, 42])
def test_a_container_that_remembers_an_erased_stream_writes_the_new_one(
    holds: str, versions: int
) -> None:
    world, _ = containers()
    if holds == "all parts":
        whole(world)
    world.dispatch(moved(1), stream=STREAM, answer="nothing")
    world.storage.inner._items.clear()
    other = world.beside()
    other.clock.advance(seconds=9)
    world.clock.advance(seconds=99)
    if versions:
        other.dispatch(*many_cards(min(40, versions), text="u" * 40), stream=STREAM)
    for number in range(40, versions):
        other.dispatch(moved(number % 40), stream=STREAM)
    actions = [moved(0), moved(2)] if versions else many_cards(3)
    world.dispatch(*actions, stream=STREAM)
    version, text = replay(BOARD, events_of(world.storage.inner, STREAM), stream="boards/a")
    for each in (world, other):
        head = whole(each)
        assert (head.version, head.state_text) == (version, text)


def test_the_cache_keeps_texts_whatever_the_answer_looks_into() -> None:
    world, _ = containers()
    found = world.dispatch(moved(1), stream=STREAM, answer="state").snapshot
    assert found is not None
    assert found.line("cards", "c1")
    head = world.cache.trusted(STREAM)
    assert head is not None
    kept = world.cache.snapshot(head)
    assert kept is not None
    assert all(isinstance(text, str) for held in kept.buckets.values() for text in held.values())


def test_an_action_that_is_refused_is_refused_on_what_was_just_read() -> None:
    world, rival = containers()
    world.dispatch(moved(1), stream=STREAM)
    rival.dispatch(Action("cards/added", {"id": "new", "column": "a"}), stream=STREAM)
    missing = Action("cards/moved", {"id": "new", "column": "b"})
    assert world.dispatch(missing, stream=STREAM).head.version == 43
    with pytest.raises(NothingApplied):
        world.dispatch(Action("cards/moved", {"id": "no", "column": "b"}), stream=STREAM)


def test_a_reducer_that_goes_from_card_to_card_gets_them_all() -> None:
    def walked(state: Any, _: Action) -> Any:
        return {**state, "last": str(sum(len(state["entities"][f"c{n}"]) for n in range(40)))}

    cards = create_slice(
        name="cards",
        initial_state=CARDS.get_initial_state({"last": ""}),
        reducers={"walked": walked, **cases(added=CARDS.add_one)},
    )
    world, _ = containers(Store("boards", combine_reducers({"cards": cards})))
    world.dispatch(Action("cards/walked"), stream=STREAM, answer="nothing")
    assert spent(world) == {"load": 1, "parts": 4, "append": 1, "asked": 16}


class Late(MemoryStorage):
    """Never has a part."""

    def parts(self, stream: Stream, keys: Iterable[PartKey]) -> dict[PartKey, Part]:
        return {key: part._replace(version=0) for key, part in super().parts(stream, keys).items()}


def test_parts_that_stay_late_make_the_stream_busy() -> None:
    world = World(storage=FlakyStorage(Late()), stores={"boards": BOARD})
    world.dispatch(*many_cards(40), stream=STREAM)
    other = world.beside()
    for call in (
        lambda: other.dispatch(moved(1), stream=STREAM),
        lambda: whole(other),
        lambda: changed(other, 30),
    ):
        before = other.storage.calls["parts"]
        with pytest.raises(Busy):
            call()
        assert other.storage.calls["parts"] - before <= 20


@pytest.mark.parametrize("read", ["dispatch", "whole"])
def test_parts_that_move_on_at_each_read_make_the_stream_busy(read: str) -> None:
    world, rival = containers()
    columns = iter(range(10_000))

    def interfere() -> None:
        world.storage.before_parts.append(interfere)
        rival.dispatch(moved(1, f"r{next(columns)}"), stream=STREAM)

    rival.storage = world.storage.inner
    world.storage.before_parts.append(interfere)
    calls: dict[str, Callable[[], object]] = {
        "dispatch": lambda: world.dispatch(moved(1), stream=STREAM, time_s=3.0),
        "whole": lambda: whole(world),
    }
    with pytest.raises(Busy):
        calls[read]()
    world.storage.before_parts.clear()
    world.dispatch(moved(1, "at last"), stream=STREAM)
    assert decode(whole(world).state_text)["cards"]["entities"]["c1"]["column"] == "at last"


def release(number: int, root: Any = BOARD.reducer) -> Store:
    return Store("boards", replace(root, revision=str(number)))


@pytest.mark.parametrize("deletes", [False, True])
def test_a_head_of_another_revision_is_rebuilt_and_no_part_is_left(*, deletes: bool) -> None:
    (world,) = containers(replace(CARD_STORE, name="boards"), number=1)
    root = CARD_SLICE.reducer if deletes else combine_reducers({"other": CARD_SLICE})
    new = World(storage=world.storage, stores={"boards": release(2, root)})
    assert whole(new).manifest_text is None
    new.dispatch(Action("cards/closed") if deletes else moved(1), stream=STREAM)
    append = world.storage.inner.appends[-1]
    names = {sk for _, sk in world.storage.inner._items if sk.startswith("part#")}
    assert append.dropped
    if deletes:
        assert names == set()
        with pytest.raises(StreamDeleted):
            whole(new)
    else:
        assert {part.key for part in append.parts} == {PartKey("other", n) for n in range(16)}
        assert len(names) == 16
        assert decode(whole(new).state_text)["other"]["entities"]["c1"]["column"] == "z"


def test_a_state_that_is_rebuilt_is_written_as_far_as_it_changes() -> None:
    def renamed(state: Any, action: Action) -> Any:
        found = BOARD.reducer(state, action)
        renames = action.type == "cards/added" and action.payload["id"] == "c7"
        return {**found, "undo": {"past": [], "now": 7}} if renames else found

    (world,) = containers(number=1)
    world.dispatch(Action("cards/toFront", {"id": "c9"}), stream=STREAM)
    other_root = replace(BOARD.reducer, function=renamed)
    new = World(storage=world.storage, stores={"boards": release(2, other_root)})
    new.dispatch(moved(1), stream=STREAM, answer="nothing")
    append = world.storage.inner.appends[-1]
    assert [part.key for part in append.parts] == [place(1)]
    assert append.dropped == ()
    version, text = replay(new.stores["boards"], events_of(world.storage, STREAM), stream="a")
    found = whole(new.beside())
    assert (found.version, found.state_text) == (version, text)
    assert decode(text)["undo"] == {"past": [], "now": 7}


def test_a_state_that_is_rebuilt_is_written_whole_if_its_parts_are_gone() -> None:
    (world,) = containers(number=1)
    new = World(storage=world.storage, stores={"boards": release(2)})
    del world.storage.inner._items[STREAM, "part#cards#03"]
    new.dispatch(moved(1), stream=STREAM, answer="nothing")
    assert len(world.storage.inner.appends[-1].parts) == 16
    assert decode(whole(new.beside()).state_text)["cards"]["entities"]["c1"]["column"] == "z"


def test_a_state_in_parts_that_cannot_be_rebuilt_can_be_deleted() -> None:
    (world,) = containers(replace(CARD_STORE, name="boards"), number=1)
    closed = CARD_SLICE.reducer.function
    broken = replace(
        CARD_SLICE.reducer,
        function=lambda state, action: (
            1 / 0 if action.type == "cards/added" else closed(state, action)
        ),
    )
    new = World(storage=world.storage, stores={"boards": release(2, broken)})
    with pytest.raises(ReplayFailed):
        new.dispatch(moved(1), stream=STREAM)
    new.dispatch(Action("cards/closed"), stream=STREAM)
    assert not [sk for _, sk in world.storage.inner._items if sk.startswith("part#")]


def test_a_state_larger_than_a_plain_one_may_be_is_rebuilt_and_changed() -> None:
    world = World(storage=FlakyStorage(Noted()), stores={"boards": BOARD})
    for start in range(0, 90, 30):
        cards = [
            {"id": f"c{each}", "column": "a", "text": "t" * 30_000}
            for each in range(start, start + 30)
        ]
        world.dispatch(Action("cards/upserted", {"cards": cards}), stream=STREAM)
    new = World(storage=world.storage, stores={"boards": release(2)})
    assert len(whole(new).state_text) > MAX_STATE_BYTES
    new.dispatch(moved(1), stream=STREAM, answer="nothing")
    assert decode(whole(new).state_text)["cards"]["entities"]["c1"]["column"] == "z"


def test_a_transaction_never_has_more_items_than_it_may() -> None:
    def filled(name: str) -> Any:
        def went(state: Any, action: Action) -> Any:
            if action.payload["to"] != name:
                return {"n": 1}
            return CARDS.set_all(state, action.payload["cards"])

        return create_slice(
            name=name,
            initial_state=CARDS.get_initial_state(),
            reducers={},
            extra_reducers={"go/went": went},
        )

    go = create_slice(
        name="go", initial_state=0, reducers={"went": case(lambda s, _: s + 1, payload=Any)}
    )
    store = Store("boards", combine_reducers({"a": filled("a"), "b": filled("b"), "go": go}))
    world = World(storage=FlakyStorage(Noted()), stores={"boards": store})
    cards = [{"id": f"c{each}", "text": "t" * 60} for each in range(200)]
    for to in ("a", "b"):
        world.dispatch(Action("go/went", {"to": to, "cards": cards}), stream=STREAM)
        append = world.storage.inner.appends[-1]
        assert len(append.parts) + len(append.dropped) <= 96
    assert len(decode(whole(world).state_text)["b"]["ids"]) == 200


def test_what_a_response_says_of_the_state() -> None:
    world, _ = containers()
    before = decode(whole(world).state_text)
    state = world.dispatch(moved(1), stream=STREAM, answer="state")
    changes = world.dispatch(moved(2), stream=STREAM, answer="changes", since=40)
    nothing = world.dispatch(moved(3), stream=STREAM, answer="nothing")
    assert decode(state.head.state_text)["cards"]["entities"]["c1"]["column"] == "z"
    assert changes.changes is not None
    found = patched(before, changes.changes.patch_text)
    assert found["cards"]["entities"]["c2"]["column"] == "z"
    assert found["cards"]["entities"]["c1"]["column"] == "z"
    assert (nothing.answer, nothing.changes, nothing.head.state_text) == ("nothing", None, "")
    assert world.dispatch(moved(4), stream=STREAM, answer="changes", since=99).answer == "state"
    assert world.dispatch(moved(4, "y"), stream=STREAM, answer="changes", since=0).answer == "state"


def test_a_repeated_request_is_answered_once_more_with_the_current_state() -> None:
    world, other = containers()
    first = world.dispatch(moved(1), stream=STREAM, key=key("k"), answer="nothing")
    other.dispatch(moved(1, "y"), stream=STREAM)
    again = other.dispatch(moved(1), stream=STREAM, key=key("k"), answer="state")
    assert (again.replayed, again.outcomes) == (True, first.outcomes)
    assert decode(again.head.state_text)["cards"]["entities"]["c1"]["column"] == "y"


def test_a_large_checkpoint_saves_the_replay_and_a_damaged_one_harms_nobody() -> None:
    world, _ = containers()
    inner = world.storage.inner
    for turn in range(120):
        world.dispatch(moved(turn % 40, f"{turn}"), stream=STREAM, answer="nothing")
    expected = whole(world).state_text
    found = inner.checkpoint(STREAM, BOARD.reducer.revision, 1000)
    assert found is not None
    assert found.version > 40
    world.storage.calls.clear()
    assert world.state_at(found.version + 1, stream=STREAM) != expected
    assert world.state_at(160, stream=STREAM) == expected
    for (stream, sk), item in list(inner._items.items()):
        if sk.startswith("checkpoint#"):
            inner._items[stream, sk] = {**item, "state": {"B": b"broken"}}
    fresh = World(storage=world.storage, stores=world.stores)
    text = fresh.history._fold(BOARD, STREAM, 160, 1e9).state_text
    assert text == expected


def test_a_manifest_that_is_damaged_is_reported() -> None:
    world, _ = containers()
    head = world.storage.inner.load(STREAM)
    assert head is not None
    with pytest.raises(CorruptItem, match="manifest"):
        world.history.whole(BOARD, head._replace(manifest_text="[1]"), deadline_s=1e9)
