"""States in parts keep the promises, in any interleaving of containers, releases and faults."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from roundtrip.engine.engine import Engine
from roundtrip.errors import Throttled
from roundtrip.redux.batch import reduce_batch
from roundtrip.redux.jsontext import decode
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import DELETED_TEXT, Stream
from roundtrip.testing.audit import Audit
from roundtrip.testing.flaky_storage import raising
from roundtrip.testing.writers import CONTAINERS, FAULTS, KEYS, SLOTS, VERSIONS, Writers
from tests.boards import BOARD, CARD_STORE, many_cards, patched, random_action, use_small_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from roundtrip.redux import Store

READING = ("none", "none", "rival", "throttled", "two rivals")


@pytest.fixture(autouse=True, scope="module")
def _small_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        use_small_parts(patch)
        patch.setattr("roundtrip.engine.reducing.ANSWERED_CHARACTERS", 900)
        patch.setattr("roundtrip.engine.transaction.CHECKPOINT_BYTES", 1500)
        yield


def call_all(functions: Iterable[Callable[[], None]]) -> None:
    for function in functions:
        function()


class Parted(Writers):
    """Sends actions to boards whose states are in parts, and reads them."""

    original = BOARD
    make_storage = staticmethod(MemoryStorage)

    def __init__(self) -> None:
        super().__init__()
        # Comparing both ways would load all that there is.
        self._store = self.original
        self._engines = [self._engine(self._storage) for _ in range(CONTAINERS)]
        self._audit = Audit(self._store, self._inner)
        self._plain: dict[Stream, list[str]] = {}
        self._raced = False

    @rule(
        container=st.integers(0, CONTAINERS - 1),
        slot=st.integers(0, SLOTS - 1),
        random=st.randoms(use_true_random=False),
        number=st.integers(1, 4),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
        reading=st.lists(st.sampled_from(READING), max_size=3),
        expected=st.sampled_from(VERSIONS),
        key=st.sampled_from((None, None, *KEYS)),
        atomic=st.booleans(),
        answer=st.sampled_from((None, "state", "changes", "nothing")),
    )
    def send(
        self, *, slot: int, random: Random, number: int, reading: list[str], **parts: Any
    ) -> None:
        only = "" if self.original is BOARD else "cards/"
        actions = [random_action(random, only=only) for _ in range(number)]
        self._send_all(slot, [action.to_json() for action in actions], reading, random, **parts)

    @rule(
        container=st.integers(0, CONTAINERS - 1),
        slot=st.integers(0, SLOTS - 1),
        number=st.integers(5, 60),
    )
    def grow(self, container: int, slot: int, number: int) -> None:
        documents = [action.to_json() for action in many_cards(number)]
        plain: dict[str, Any] = {"faults": [], "expected": "whatever", "container": container}
        self._send_all(slot, documents, [], None, **plain)

    @precondition(lambda self: self._audit.written)
    @rule(
        container=st.integers(0, CONTAINERS - 1),
        slot=st.integers(0, SLOTS - 1),
        closes=st.sampled_from((False, False, True)),
    )
    def close(self, container: int, slot: int, *, closes: bool) -> None:
        if closes and self._audit.version(self._slots[slot]):
            plain: dict[str, Any] = {"faults": [], "expected": "whatever", "container": container}
            self._send_all(slot, [{"type": "cards/closed", "payload": None}], [], None, **plain)

    @rule(container=st.integers(0, CONTAINERS - 1), release=st.integers(1, 3))
    def deploy(self, container: int, release: int) -> None:
        root = replace(self.original.reducer, revision=str(release))
        store = replace(self.original, root=root)
        self._engines[container] = Engine([store], self._storage, self._clock.effects())

    @precondition(lambda self: self._audit.written)
    @rule(
        container=st.integers(0, CONTAINERS - 1),
        slot=st.integers(0, SLOTS - 1),
        back=st.integers(0, 30),
        reading=st.lists(st.sampled_from(READING), max_size=3),
        random=st.randoms(use_true_random=False),
    )
    def read_changes(
        self, container: int, slot: int, back: int, reading: list[str], random: Random
    ) -> None:
        stream, engine = self._slots[slot], self._engines[container]
        since = max(0, self._audit.version(stream) - back)
        if not since or self._audit.deleted(stream):
            return
        self._disturb(stream, [each for each in reading if each != "throttled"], random)
        deadline_s = self._clock.elapsed_s + 2.0
        store = engine.stores[self.original.name]
        history = engine.history
        head = history.living_head(store, stream, deadline_s=deadline_s)
        head, changes = history.changes(store, head, since, deadline_s=deadline_s)
        self._storage.before_parts.clear()
        self.the_state_is_the_plain_fold()
        texts = self._plain[stream]
        if changes is None:
            assert head.state_text == texts[head.version]
        else:
            found = patched(decode(texts[since]), changes.patch_text)
            assert found == decode(texts[head.version])

    @invariant()
    def the_state_is_the_plain_fold(self) -> None:
        for stream in self._streams:
            texts = self._plain.setdefault(stream, [self.original.reducer.initial_text()])
            for commit in self._inner.commits(stream, first=len(texts)):
                for event in commit.events():
                    batch = reduce_batch(
                        self.original.reducer,
                        texts[-1],
                        [event.action],
                        recorded_at=event.recorded_at,
                    )
                    assert batch.applied == 1
                    texts.append(batch.state_text)
            head = self._audit._head(stream)
            if head is not None:
                assert head.state_text == texts[head.version]
            self._no_part_is_left(stream, deleted=texts[-1] == DELETED_TEXT)

    def _no_part_is_left(self, stream: Stream, *, deleted: bool) -> None:
        if deleted and isinstance(self._inner, MemoryStorage):
            names = [sk for owner, sk in self._inner._items if owner == stream]
            assert not [sk for sk in names if sk.startswith("part#")] or self._redeployed(stream)

    def _redeployed(self, stream: Stream) -> bool:
        head = self._inner.load(stream)
        return head is not None and head.revision != self.original.reducer.revision

    def _send_all(
        self,
        slot: int,
        documents: list[Any],
        reading: list[str],
        random: Random | None,
        **parts: Any,
    ) -> None:
        if random is not None:
            self._disturb(self._slots[slot], reading, random)
        self._raced = bool({"rival", "two rivals"} & set(reading))
        if self._raced:
            parts["faults"] = [*parts["faults"], "rival"]
        try:
            self._send(slot=slot, documents=documents, matches=[0], **parts)
        finally:
            self._storage.before_parts.clear()

    def _check_refusal(self, refusal: Exception, stream: Stream) -> None:
        # It is that of the version that was read, which a rival has passed meanwhile.
        if not self._raced:
            super()._check_refusal(refusal, stream)

    def _disturb(self, stream: Stream, reading: list[str], random: Random) -> None:
        """Let something happen whenever parts are read."""
        for fault in reading:
            rivals = [
                self._rival(stream, random_action(random, only="cards/").to_json())
                for _ in range(2)
            ]
            happen: dict[str, Callable[[], None]] = {
                "none": lambda: None,
                "rival": rivals[0],
                "two rivals": partial(call_all, rivals),
                "throttled": raising(Throttled("slow down")),
            }
            self._storage.before_parts.append(happen[fault])


class PartedCards(Parted):
    """The same with a store of one slice, whose deletion is that of the stream."""

    original: Store = CARD_STORE


TestBoards = Parted.TestCase
TestCards = PartedCards.TestCase
TestBoards.settings = TestCards.settings = settings(
    max_examples=30, stateful_step_count=25, suppress_health_check=list(HealthCheck)
)
