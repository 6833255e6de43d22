"""On a state in parts, actions give what they give on a plain one, whatever is loaded before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roundtrip.errors import ReducerFailed, TooLarge
from roundtrip.redux import Action, Event, Fold, Rejected, Store, combine_reducers, create_slice
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.entities import NotLoaded
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.layout import finish
from roundtrip.redux.patch import needed, patch_text, state_patch_text
from roundtrip.redux.reduction import Reduction
from roundtrip.redux.snapshot import Snapshot
from roundtrip.redux.touched import Touched
from tests.boards import (
    BOARD,
    CARD_STORE,
    CARDS,
    load,
    many_cards,
    part_text,
    patched,
    random_action,
    use_small_parts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from roundtrip.redux import Reducer
    from roundtrip.redux.batch import Batch
    from roundtrip.redux.parts import PartKey
    from roundtrip.redux.reduction import PartsBatch

REPEATED = settings(max_examples=40, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_parts(monkeypatch)


class Stream:
    """A stream in parts, as it is stored, beside its plain state."""

    def __init__(self, store: Store) -> None:
        self.reducer = store.reducer
        self.text = self.reducer.initial_text()
        self.version = 0
        self.parts: dict[PartKey, tuple[int, str]] = {}
        self._keep(Snapshot.of_state(self.reducer, self.text))

    def _keep(self, snapshot: Snapshot) -> None:
        self.cached = snapshot.copy()
        try:
            written = finish(self.cached, self.version)
        except NotLoaded as missing:
            for part in snapshot.wanted(missing.args):
                snapshot.put(part, self.parts[part][1])
            self._keep(snapshot)
            return
        self.parts.update({part: (self.version, text) for part, text in written.items()})
        for part in set(self.parts) - self.cached.stored():
            del self.parts[part]
        self.manifest = self.cached.manifest()

    def run(self, base: Snapshot, actions: Sequence[Action | Rejected]) -> PartsBatch:
        reduction = Reduction(self.reducer, base, actions)
        for _ in range(60):
            try:
                return reduction.run()
            except NotLoaded as missing:
                for part in missing.args:
                    version, text = self.parts[part]
                    assert version == base.due(part)
                    reduction.put(part, text)
        raise AssertionError("it asks for ever more parts")

    def send(self, actions: Sequence[Action | Rejected], *, warm: bool) -> tuple[Batch, PartsBatch]:
        """Reduce actions both ways, compare all but the state, and store what they make."""
        base = Snapshot.of_manifest(self.version, self.manifest, self.cached if warm else None)
        batch, found = reduce_batch(self.reducer, self.text, actions), self.run(base, actions)
        assert found.actions_text == batch.actions_text
        assert found.applied == batch.applied
        assert [told(each) for each in found.rejections] == [told(e) for e in batch.rejections]
        if batch.applied and found.snapshot is not None:
            self.text = batch.state_text
            self.version += batch.applied
            self._keep(found.snapshot)
        return batch, found

    def whole(self) -> Snapshot:
        snapshot = Snapshot.of_manifest(self.version, self.manifest)
        for part in snapshot.wanted(snapshot.everything()):
            version, text = self.parts[part]
            assert version == snapshot.due(part)
            snapshot.put(part, text)
        return snapshot


def told(rejection: Rejected | None) -> Any:
    return rejection and (rejection.code, rejection.message, rejection.details)


def some_actions(random: Random, store: Store) -> list[Action | Rejected]:
    only = "" if store is BOARD else "cards/"
    actions: list[Action | Rejected] = [
        random_action(random, only=only) for _ in range(random.choice((1, 1, 1, 2, 5)))
    ]
    if random.random() < 0.1:
        actions.insert(0, Rejected("invalid", "The edge refused it."))
    return actions


@pytest.mark.parametrize("store", [BOARD, CARD_STORE], ids=["several slices", "one slice"])
@REPEATED
@given(random=st.randoms(use_true_random=False), size=st.integers(0, 40))
def test_states_outcomes_texts_and_patches_are_those_of_plain_states(
    store: Store, random: Random, size: int
) -> None:
    stream = Stream(store)
    stream.send(many_cards(size), warm=True) if size else None
    states, touched = [decode(stream.text)], [Touched()]
    for _ in range(12):
        before = stream.version
        _, found = stream.send(some_actions(random, store), warm=random.random() < 0.5)
        whole = stream.whole()
        assert whole.state_text() == stream.text
        assert whole.size() >= 0.8 * len(stream.text) - 200
        if stream.version == before:
            continue
        states.append(decode(stream.text))
        touched.append(Touched.of_text(found.touched.text()))
        for back in (1, random.randrange(1, len(states))):
            merged = Touched()
            for each in touched[-back:]:
                merged.merge(each)
            cold = Snapshot.of_manifest(stream.version, stream.manifest)
            load(cold, needed(merged, cold), whole)
            assert patched(states[-back - 1], patch_text(merged, cold)) == states[-1]
            plainly = state_patch_text(states[-back - 1], states[-1])
            assert patched(states[-back - 1], plainly) == states[-1]


def big(number: int = 40) -> Stream:
    stream = Stream(BOARD)
    stream.send(many_cards(number), warm=True)
    assert len(stream.whole().slices["cards"].buckets) == 16
    return stream


def cold(stream: Stream) -> Snapshot:
    return Snapshot.of_manifest(stream.version, stream.manifest)


def test_a_slice_that_does_not_handle_the_action_is_not_loaded() -> None:
    stream = big()
    note = Action("notes/added", {"id": "n1", "card": "c1", "stars": 1})
    stream.send([note], warm=True)
    base = cold(stream)
    stream.run(base, [Action("notes/starred", {"id": "n1", "stars": 2})])
    assert not base.buckets["cards"]


def test_what_a_reducer_does_to_what_it_was_given_harms_nobody() -> None:
    stream = big()
    before = stream.text
    actions = [
        Action("cards/spoilt", {"id": "c1"}),
        Action("cards/moved", {"id": "c2", "column": "z"}),
    ]
    base = cold(stream)
    batch = stream.run(base, actions)
    assert [each and each.code for each in batch.rejections] == ["never", None]
    assert batch.snapshot is not None
    load(batch.snapshot, batch.snapshot.everything(), stream.whole())
    assert batch.snapshot.state_text() == reduce_batch(stream.reducer, before, actions).state_text
    load(base, base.everything(), stream.whole())
    assert base.state_text() == before


@pytest.mark.parametrize("catch", [Exception, BaseException])
def test_a_reducer_cannot_swallow_that_a_part_is_missing(catch: type[BaseException]) -> None:
    def looked(state: Any, _: Action) -> Any:
        try:
            seen = state["entities"]["c1"]["id"]
        except catch:
            seen = "nothing"
        return {**state, "last": seen}

    def refused(state: Any, _: Action) -> Any:
        try:
            return {**state, "last": state["entities"]["c1"]["id"]}
        except catch as error:
            raise Rejected("swallowed", "It was.") from error

    for case_reducer in (looked, refused):
        cards = create_slice(
            name="cards",
            initial_state=CARDS.get_initial_state({"last": ""}),
            reducers={"went": case_reducer},
        )
        full = Snapshot.of_state(cards.reducer, encode(decode(big().text)["cards"]))
        finish(full, 1)
        base = Snapshot.of_manifest(1, full.manifest())
        reduction = Reduction(cards.reducer, base, [Action("cards/went")])
        batch = None
        for _ in range(4):
            try:
                batch = reduction.run()
            except NotLoaded as missing:
                for part in missing.args:
                    reduction.put(part, part_text(full, part))
        assert batch is not None
        assert batch.rejections == (None,)
        assert batch.snapshot is not None
        assert decode(next(iter(batch.snapshot.rests.values())))["last"] == "c1"


def reducer_of(function: Any) -> Reducer:
    cards = create_slice(
        name="cards", initial_state=CARDS.get_initial_state(), reducers={"went": function}
    )
    return combine_reducers({"cards": cards})


@pytest.mark.parametrize(
    "result",
    [
        lambda state: {**state, "x": {1}},
        lambda state: {**state, "x": float("nan")},
        lambda state: {**state, "entities": state["entities"] | {"a": {"x": object()}}},
        lambda state: {**state, "entities": state["entities"] | {1: {}}},
        lambda state: state["entities"].__setitem__(None, {}) or state,
        lambda state: {**state, "entities": state["entities"] | {"\ud800": {}}},
        lambda state: [state["entities"].pop(each) for each in state["entities"]],
        lambda _: None,
        lambda state: state["entities"]["no such"],
        lambda _: 1 / 0,
    ],
)
def test_a_reducer_that_breaks_its_contract_fails_as_on_a_plain_state(result: Any) -> None:
    reducer = reducer_of(lambda state, _: result(state))
    state = {"cards": CARDS.set_all(CARDS.get_initial_state(), [{"id": "a"}])}
    actions: list[Action | Rejected] = [Rejected("invalid", "It is."), Action("cards/went")]
    with pytest.raises(ReducerFailed) as plain:
        reduce_batch(reducer, encode(state), actions)
    with pytest.raises(ReducerFailed) as failure:
        Reduction(reducer, Snapshot.of_state(reducer, encode(state)), actions).run()
    assert (str(failure.value), failure.value.index) == (str(plain.value), 1)


@pytest.mark.parametrize("store", [BOARD, CARD_STORE])
def test_a_deletion_ends_the_stream_or_the_slice(store: Store) -> None:
    stream = Stream(store)
    stream.send(many_cards(30), warm=True)
    actions = [Action("cards/closed"), Action("cards/moved", {"id": "c1", "column": "a"})]
    batch, found = stream.send(actions, warm=False)
    assert [each and each.code for each in batch.rejections] == [None, "deleted"]
    if store is CARD_STORE:
        assert found.snapshot is None
    else:
        assert decode(stream.whole().state_text())["cards"] == {"$deleted": True}
        assert not any(part.slice == "cards" and part.bucket >= 0 for part in stream.parts)


def test_a_higher_order_reducer_may_replace_the_whole_state() -> None:
    inner = BOARD.reducer

    def reset(state: Any, action: Action) -> Any:
        if action.type == "undo/undone":
            return decode(inner.initial_text())
        return inner(state, action)

    stream = Stream(Store("boards", replace(inner, function=reset)))
    stream.send(many_cards(30), warm=True)
    stream.send([Action("undo/undone", {})], warm=False)
    assert stream.whole().state_text() == inner.initial_text()
    stream.send(many_cards(20), warm=False)
    assert stream.whole().state_text() == stream.text


def test_a_plain_state_over_its_limit_is_refused() -> None:
    grown = create_slice(
        name="text", initial_state="x", reducers={"grown": lambda state, _: state * 3_000_000}
    )
    with pytest.raises(TooLarge):
        reduce_batch(grown.reducer, '"x"', [Action("text/grown")])


@REPEATED
@given(random=st.randoms(use_true_random=False), size=st.integers(0, 40))
def test_replay_in_parts_gives_what_plain_states_give(random: Random, size: int) -> None:
    text = BOARD.reducer.initial_text()
    events: list[Event] = []
    for action in (*many_cards(size), *(random_action(random) for _ in range(25))):
        batch = reduce_batch(BOARD.reducer, text, [action])
        if batch.applied:
            text = batch.state_text
            events.append(Event(action, len(events) + 1, "2026-01-01T12:00:00.000Z", None))
    fold = Fold(BOARD, stream="boards/a")
    states = []
    for event in events:
        fold.add(event)
        states.append(fold.text() if random.random() < 0.2 else None)
    assert (fold.version, fold.text()) == (len(events), text)
    for version, state in enumerate(states, 1):
        if state is not None:
            rest = Fold(BOARD, stream="boards/a", version=version, state_text=state)
            for event in events[version:]:
                rest.add(event)
            assert rest.text() == text
