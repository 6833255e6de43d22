"""Any interleaving of writers, faults, keys, rejections and deletions keeps the promises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from roundtrip.errors import (
    KeyReused,
    NothingApplied,
    OutcomeUnknown,
    StreamDeleted,
    StreamNotFound,
    Throttled,
    Unavailable,
    VersionMismatch,
)
from roundtrip.redux import Action
from roundtrip.redux.outcomes import Applied
from tests.worlds import (
    STREAM,
    World,
    assert_state_is_the_fold,
    entry,
    events_of,
    key,
    raising,
)

STREAMS = [STREAM, STREAM._replace(id="b")]
REFUSALS = (KeyReused, NothingApplied, StreamDeleted, StreamNotFound, Throttled, VersionMismatch)
CLOSE = "close"

fault_lists = st.lists(
    st.sampled_from(["none", "throttled", "lost before", "lost after", "rival"]), max_size=4
)
contents = st.lists(st.integers(-3, 4) | st.just(CLOSE), min_size=1, max_size=4)


class Writers(RuleBasedStateMachine):
    """Three containers on one storage; what they are told is held against the log."""

    def __init__(self) -> None:
        super().__init__()
        first = World(name="0")
        self.storage = first.storage
        self.containers = [first, first.beside("1"), first.beside("2")]
        self.number = 0
        self.acknowledged: dict[int, tuple[Any, int]] = {}
        self.refused: set[int] = set()
        self.keyed: dict[tuple[Any, str], list[int]] = {}
        self.sent: dict[tuple[Any, str], tuple[Action, ...]] = {}

    @rule(
        container=st.integers(0, 2),
        stream=st.sampled_from(STREAMS),
        content=contents,
        faults=fault_lists,
        expected=st.none() | st.integers(0, 6),
        atomic=st.booleans(),
        likely_new=st.booleans(),
        must_exist=st.booleans(),
    )
    def send(
        self,
        container: int,
        stream: Any,
        content: list[Any],
        faults: list[str],
        expected: int | None,
        atomic: bool,
        likely_new: bool,
        must_exist: bool,
    ) -> None:
        actions = self._actions(content)
        self._dispatch(
            self.containers[container],
            stream,
            actions,
            faults,
            expected_version=expected,
            atomic=atomic,
            likely_new=likely_new,
            must_exist=must_exist,
        )

    @rule(
        container=st.integers(0, 2),
        stream=st.sampled_from(STREAMS),
        name=st.sampled_from(["k1", "k2", "k3"]),
        content=contents,
        faults=fault_lists,
        expected=st.none() | st.integers(0, 6),
    )
    def send_with_key(
        self,
        container: int,
        stream: Any,
        name: str,
        content: list[Any],
        faults: list[str],
        expected: int | None,
    ) -> None:
        actions = self.sent.setdefault((stream, name), self._actions(content))
        self._dispatch(
            self.containers[container],
            stream,
            actions,
            faults,
            key=key(name),
            expected_version=expected,
        )

    @rule(
        container=st.integers(0, 2),
        stream=st.sampled_from(STREAMS),
        name=st.sampled_from(["k1", "k2", "k3"]),
    )
    def reuse_a_key(self, container: int, stream: Any, name: str) -> None:
        if (stream, name) in self.keyed:
            with pytest.raises(KeyReused):
                self.containers[container].dispatch(
                    *self._actions([-99]), stream=stream, key=key(name, "another body")
                )

    def _actions(self, content: list[Any]) -> tuple[Action, ...]:
        made = []
        for amount in content:
            self.number += 1
            if amount == CLOSE:
                made.append(Action("ledger/closed", meta=self.number))
            else:
                made.append(entry(self.number, amount))
        return tuple(made)

    def _dispatch(
        self,
        world: World,
        stream: Any,
        actions: tuple[Action, ...],
        faults: list[str],
        **options: Any,
    ) -> None:
        self._arrange(faults, stream)
        ids = [identity(action) for action in actions]
        try:
            answer = world.dispatch(*actions, stream=stream, time_s=2.0, **options)
        except OutcomeUnknown:
            pass
        except (*REFUSALS, Unavailable) as refusal:
            self._check_refusal(refusal, stream)
            # With a key, an earlier request that was left in doubt may be in force all the same.
            if "key" not in options:
                self.refused.update(ids)
        else:
            for number, outcome in zip(ids, answer.outcomes, strict=True):
                if isinstance(outcome, Applied):
                    at = (stream, outcome.version)
                    assert self.acknowledged.setdefault(number, at) == at
                else:
                    self.refused.add(number)
            if "key" in options:
                self.keyed.setdefault((stream, options["key"].key), ids)
                assert self.keyed[stream, options["key"].key] == ids
        finally:
            self.storage.before_append.clear()
            self.storage.after_append.clear()

    def _check_refusal(self, refusal: Exception, stream: Any) -> None:
        head = self.storage.inner.load(stream)
        version = head.version if head else 0
        if isinstance(refusal, VersionMismatch):
            assert refusal.actual == version
        elif isinstance(refusal, NothingApplied):
            assert refusal.version == version
        elif isinstance(refusal, StreamDeleted):
            assert head is not None
            assert head.deleted
        elif isinstance(refusal, StreamNotFound):
            assert head is None

    def _arrange(self, faults: list[str], stream: Any) -> None:
        for fault in faults:
            before: Any = lambda: None  # noqa: E731
            after: Any = lambda: None  # noqa: E731
            if fault == "throttled":
                before = raising(Throttled("slow down"))
            elif fault == "lost before":
                before = raising(OutcomeUnknown("no answer"))
            elif fault == "lost after":
                after = raising(OutcomeUnknown("no answer"))
            elif fault == "rival":
                before = self._rival(stream)
            self.storage.before_append.append(before)
            if fault not in ("throttled", "lost before"):
                self.storage.after_append.append(after)

    def _rival(self, stream: Any) -> Any:
        def interfere() -> None:
            container = World(storage=self.storage.inner, name="rival")
            self.number += 1
            mine = self.number
            try:
                answer = container.dispatch(entry(mine), stream=stream)
            except StreamDeleted:
                self.refused.add(mine)
            else:
                (outcome,) = answer.outcomes
                assert isinstance(outcome, Applied)
                self.acknowledged[mine] = (stream, outcome.version)

        return interfere

    @invariant()
    def the_state_is_the_fold_of_a_gapless_log(self) -> None:
        for stream in STREAMS:
            assert_state_is_the_fold(self.storage.inner, stream)

    @invariant()
    def what_was_acknowledged_is_there_once_and_in_its_place(self) -> None:
        found: dict[int, tuple[Any, int]] = {}
        for stream in STREAMS:
            for event in events_of(self.storage.inner, stream):
                number = identity(event.action)
                assert number not in found, "applied twice"
                found[number] = (stream, event.version)
        for number, place in self.acknowledged.items():
            assert found.get(number) == place
        assert not self.refused & found.keys()

    @invariant()
    def no_cache_is_ahead_of_the_log(self) -> None:
        for world in self.containers:
            for stream in STREAMS:
                cached = world.cache.trusted(stream)
                head = self.storage.inner.load(stream)
                assert cached is None or (head is not None and cached.version <= head.version)


def identity(action: Action) -> int:
    """The number that only this action has."""
    number: int = action.meta if action.type == "ledger/closed" else action.payload["id"]
    return number


TestWriters = Writers.TestCase
TestWriters.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
