"""However slices grow, shrink and change, a transaction can hold their parts, and none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from roundtrip.limits import MAX_PARTS
from roundtrip.redux import Action, Store, case, combine_reducers, create_slice
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode
from roundtrip.redux.snapshot import Snapshot
from roundtrip.storage.dynamodb import items
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing.flaky_storage import FlakyStorage
from tests.boards import CARDS, use_small_parts
from tests.worlds import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.records import Append, Appended

STREAM = Stream("public", "boards", "a")
NAMES = ("a", "b", "c", "d")
SLICES = st.sampled_from(NAMES)


@pytest.fixture(autouse=True, scope="module")
def _small_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        use_small_parts(patch)
        yield


class Counting(MemoryStorage):
    """Refuses what DynamoDB would refuse."""

    def append(self, append: Append) -> Appended:
        written = [part.key for part in append.parts]
        names = {*written, *append.dropped}
        assert len(names) == len(written) + len(append.dropped)
        assert 4 + len(names) <= 100
        assert len(written) <= MAX_PARTS
        return super().append(append)


def filled(state: Any, action: Action) -> Any:
    first, number, width = action.payload
    cards = [{"id": f"c{each}", "text": "t" * width} for each in range(first, first + number)]
    return CARDS.upsert_many(state, cards) if "ids" in state else CARDS.set_all({}, cards)


def emptied(state: Any, action: Action) -> Any:
    del action
    return CARDS.remove_all(state) if "ids" in state else state


def plain(state: Any, action: Action) -> Any:
    del state
    return {"note": "n" * action.payload}


def board(release: int) -> Store:
    """A release names the slices differently."""
    reducers: dict[str, Any] = {
        "filled": case(filled, payload=Any),
        "emptied": emptied,
        "plain": case(plain, payload=Any),
    }
    slices = {
        f"{name}{release}": create_slice(
            name=name, initial_state=CARDS.get_initial_state(), reducers=reducers
        )
        for name in NAMES
    }
    return Store("boards", combine_reducers(slices))


class Layouts(RuleBasedStateMachine):
    """Dispatches to a board of four slices, and deploys other names of them."""

    def __init__(self) -> None:
        super().__init__()
        self._inner = Counting()
        self._actions: list[Action] = []
        self._deploy(0)

    def _deploy(self, release: int) -> None:
        self._store = board(release)
        stores = {"boards": self._store}
        self._world = World(storage=FlakyStorage(self._inner), stores=stores)
        self._text = self._store.reducer.initial_text()
        for action in self._actions:
            self._text = reduce_batch(self._store.reducer, self._text, [action]).state_text

    def _send(self, action: Action) -> None:
        self._actions.append(action)
        self._world.dispatch(action, stream=STREAM, answer="nothing")
        self._text = reduce_batch(self._store.reducer, self._text, [action]).state_text

    @rule(
        name=SLICES,
        first=st.integers(0, 150),
        number=st.sampled_from((1, 5, 30, 100)),
        width=st.sampled_from((10, 60, 300)),
    )
    def fill(self, name: str, first: int, number: int, width: int) -> None:
        self._send(Action(f"{name}/filled", [first, number, width]))

    @rule(name=SLICES)
    def empty(self, name: str) -> None:
        self._send(Action(f"{name}/emptied"))

    @rule(name=SLICES, width=st.sampled_from((1, 400)))
    def make_plain(self, name: str, width: int) -> None:
        self._send(Action(f"{name}/plain", width))

    @precondition(lambda self: self._actions)
    @rule(release=st.integers(0, 2))
    def deploy(self, release: int) -> None:
        self._deploy(release)

    @invariant()
    def every_part_is_named_or_will_be_dropped(self) -> None:
        head = self._inner.load(STREAM)
        if head is None:
            return
        named = set()
        if head.manifest_text is not None:
            named = Snapshot.of_manifest(head.version, head.manifest_text).stored()
        stored = {items.part_key(sk) for _, sk in self._inner._items if sk.startswith("part#")}
        assert stored == named | set(head.left)
        assert not named & set(head.left)
        assert len(named) <= MAX_PARTS

    @invariant()
    def the_state_is_the_fold(self) -> None:
        if self._actions:
            head = self._world.history.existing(self._store, STREAM, deadline_s=1e9)
            assert decode(head.state_text) == decode(self._text)

    def teardown(self) -> None:
        if not self._actions:
            return
        for _ in range(2):
            self._send(Action("a/plain", 1))
        head = self._inner.load(STREAM)
        assert head is not None
        assert head.left == ()


TestLayouts = Layouts.TestCase
TestLayouts.settings = settings(
    max_examples=40, stateful_step_count=20, suppress_health_check=list(HealthCheck)
)
