"""An application that changes from release to release keeps its promises, in any interleaving.

Containers of several releases write and read the same streams, while rules, reducers, names and
slices change, requests fail, replays are cut off, and checkpoints are written after two events.
`tests.evolution.model` says what each release must find. Most states are in parts.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from roundtrip.engine.cache import HeadCache
from roundtrip.engine.messages import IdempotencyKey
from roundtrip.engine.parts import Parts
from roundtrip.errors import (
    KeyReused,
    OutcomeUnknown,
    ReplayFailed,
    ReplayUnfinished,
    StorageUnreachable,
    Unavailable,
)
from tests.boards import use_small_parts
from tests.evolution.audit import STREAMS
from tests.evolution.model import Broken
from tests.evolution.requests import Operation, Requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.records import Stream
    from tests.evolution.app import Release


CONTAINERS: Final = 3
RELEASES: Final = 8
KEYS: Final = ("k1", "k2")
WRITING: Final = ("throttled", "lost before", "lost after", "rival", "none")
READING: Final = ("load", "receipt", "keep", "commits", "checkpoint", "none")
KINDS: Final = (*("name", "score", "ping", "stock", "label") * 5, "unknown")
AGES: Final = (0, 0, 0, 0, 0, 1, 1, 2, 3, -1)
"""How many releases ago a client was made; -1 is a client of a later release."""

SKETCHES: Final = st.tuples(st.sampled_from(KINDS), st.sampled_from(AGES), st.integers(0, 6))


@pytest.fixture(autouse=True, scope="module")
def _small_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roundtrip.engine.transaction.CHECKPOINT_BYTES", 600)
        patch.setattr("roundtrip.engine.transaction.SPARSE_CHECKPOINTS", 2)
        # By its name, because the package has a function of the same name.
        patch.setattr(import_module("roundtrip.redux.replay"), "COPIED_BYTES", 64)
        use_small_parts(patch, inline=120, bucket=80)
        yield


class Evolution(Requests):
    """An application, its containers, and the facts."""

    def __init__(self) -> None:
        super().__init__()
        self.containers = [self._start(self.releases[0]) for _ in range(CONTAINERS)]

    # ---- the application changes ----------------------------------------------------------------

    @precondition(lambda self: len(self.releases) < RELEASES)
    @rule(
        number=st.integers(0, CONTAINERS - 1),
        change=st.sampled_from(
            (
                *("naming", "naming", "pings", "pings", "labels"),
                *("points", "split", "labels", "members", "bump", "mended"),
            )
        ),
        steps=st.integers(1, 3),
        forgotten=st.sampled_from((False, False, False, True)),
    )
    def names_or_slices_change(self, number: int, change: str, steps: int, forgotten: bool) -> None:
        last = self.releases[-1]
        pings = {"poked": "pinged", "pinged": "odd dropped"}.get(last.pings, "retired")
        news: dict[str, Any] = {
            "naming": min(last.naming + steps, 3),
            "points": True,
            "pings": "forgotten" if forgotten else pings,
            "split": True,
            "labels": "present" if last.labels == "absent" else "retired",
            "members": last.members + 1,
            "bump": last.bump + 1,
        }
        if change == "mended":
            pings = "retired" if last.pings == "forgotten" else last.pings
            self._deploy(number, replace(last, flaw="", pings=pings))
        else:
            self._deploy(number, replace(last, **{change: news[change]}))

    @precondition(lambda self: len(self.releases) < RELEASES)
    @rule(
        number=st.integers(0, CONTAINERS - 1),
        change=st.one_of(
            st.fixed_dictionaries({"weight": st.integers(1, 3)}),
            st.fixed_dictionaries({"full": st.sampled_from((None, 15, 30))}),
            st.fixed_dictionaries(
                {"flaw": st.sampled_from(("reject", "raise", "nan")), "flawed": st.integers(2, 4)}
            ),
        ),
    )
    def a_reducer_changes(self, number: int, change: dict[str, Any]) -> None:
        self._deploy(number, replace(self.releases[-1], **change))

    @precondition(lambda self: len(self.releases) < RELEASES)
    @rule(
        number=st.integers(0, CONTAINERS - 1),
        change=st.one_of(
            st.fixed_dictionaries({"limit": st.integers(0, 9)}),
            st.fixed_dictionaries({"unique": st.booleans()}),
            st.fixed_dictionaries({"needed": st.integers(-3, 5)}),
            st.fixed_dictionaries({"floor": st.integers(-9, 3)}),
            st.fixed_dictionaries({"barred": st.sampled_from(("", "ada", "bob"))}),
            st.fixed_dictionaries({"most": st.integers(3, 9)}),
        ),
        raised=st.booleans(),
    )
    def a_rule_changes(self, number: int, change: dict[str, Any], raised: bool) -> None:
        last = self.releases[-1]
        self._deploy(number, replace(last, **change, bump=last.bump + raised))

    @rule(number=st.integers(0, CONTAINERS - 1), release=st.integers(0, RELEASES - 1))
    def a_container_starts(self, number: int, release: int) -> None:
        self.containers[number] = self._start(self.releases[-1 - release % len(self.releases)])

    # ---- requests -------------------------------------------------------------------------------

    @initialize(sketches=st.lists(SKETCHES, min_size=2, max_size=8))
    def there_is_a_history(self, sketches: list[Any]) -> None:
        for sketch in sketches:
            self.a_client_sends_in_good_weather(0, STREAMS[0], [sketch])

    @rule(
        number=st.integers(0, CONTAINERS - 1),
        stream=st.sampled_from(STREAMS),
        sketches=st.lists(SKETCHES, min_size=1, max_size=6),
    )
    def a_client_sends_in_good_weather(
        self, number: int, stream: Stream, sketches: list[Any]
    ) -> None:
        container = self.containers[number]
        documents = self._documents(container, sketches)
        self._send(container, Operation(container.release, stream, documents))

    @rule(
        number=st.integers(0, CONTAINERS - 1),
        stream=st.sampled_from(STREAMS),
        sketches=st.lists(SKETCHES, min_size=1, max_size=4),
        faults=st.lists(st.sampled_from(WRITING), max_size=3),
        reads=st.lists(st.sampled_from(READING), max_size=2),
        rival=st.integers(0, RELEASES - 1),
        expected=st.sampled_from(("", "", "", "current", "stale", "any", "none")),
        actor=st.sampled_from((None, "ada", "bob")),
        key=st.sampled_from(("", "", *KEYS)),
        flags=st.sets(st.sampled_from(("atomic", "likely_new", "must_exist")), max_size=1),
        commit_s=st.sampled_from((0.0, 0.0, 1.5)),
    )
    def a_client_sends(self, *, number: int, stream: Stream, key: str, **parts: Any) -> None:
        container = self.containers[number]
        faults, reads = parts["faults"], parts["reads"]
        before = len(self.facts[stream])
        known = self.sent.get((stream, key))
        expected: dict[str, int | str] = {
            "current": before,
            "stale": before + 1,
            "any": "any",
            "none": 0,
        }
        operation = Operation(
            container.release,
            stream,
            known.documents if known else self._documents(container, parts["sketches"]),
            actor=parts["actor"],
            expected=expected.get(parts["expected"]),
            atomic="atomic" in parts["flags"],
        )
        if key:
            self.sent.setdefault((stream, key), operation)
        rivals = self._arrange(stream, faults, reads, parts["rival"])
        self.storage.commit_s = parts["commit_s"]
        unavailable: Unavailable | None = None
        try:
            self._send(
                container, operation, key=key, rivals=rivals, **dict.fromkeys(parts["flags"], True)
            )
        except Unavailable as error:
            unavailable = error
        finally:
            self.storage.mend()
        if unavailable:
            self._check_unavailable(unavailable, faults, reads, parts["commit_s"])
            self._reconcile(stream, [operation, *rivals])
            assert isinstance(unavailable, OutcomeUnknown) or not operation.first
        if key and operation.first:
            self.sent[stream, key] = operation

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, CONTAINERS - 1), stream=st.sampled_from(STREAMS))
    def a_key_is_used_for_another_request(self, number: int, stream: Stream) -> None:
        if self.storage.inner.receipt(stream, f"public#{KEYS[0]}") is None:
            return
        release, engine = self.containers[number].release, self.containers[number].engine
        with pytest.raises((KeyReused, ReplayFailed)) as refusal:
            engine.repeats.repeated(
                stream, IdempotencyKey(KEYS[0], "other"), deadline_s=self._deadline_s()
            )
        if isinstance(refusal.value, ReplayFailed):
            assert isinstance(self._state(release, stream), Broken)

    @rule(
        number=st.integers(0, CONTAINERS - 1), stream=st.sampled_from(STREAMS), closes=st.booleans()
    )
    def a_client_closes(self, number: int, stream: Stream, closes: bool) -> None:
        # Seldom: a deleted stream is the end of its story.
        if closes and len(self.facts[stream]) > 5:
            self.number += 1
            document = {"type": "cards/closed", "meta": self.number}
            container = self.containers[number]
            self._send(container, Operation(container.release, stream, [document]))

    @rule(
        number=st.integers(0, CONTAINERS - 1),
        stream=st.sampled_from(STREAMS),
        order=st.randoms(use_true_random=False),
    )
    def a_client_reads_every_version(self, number: int, stream: Stream, order: Any) -> None:
        versions = list(range(1, len(self.facts[stream]) + 2))
        order.shuffle(versions)
        for version in versions:
            self._check_version(self.containers[number], stream, version)
        self._check_head(self.containers[number], stream)

    @rule(
        number=st.integers(0, CONTAINERS - 1),
        stream=st.sampled_from(STREAMS),
        reads=st.lists(st.sampled_from(READING), max_size=3),
        commit_s=st.sampled_from((0.0, 0.7, 1.5)),
        version=st.integers(1, 40),
    )
    def a_replay_is_slow(
        self, number: int, stream: Stream, reads: list[str], commit_s: float, version: int
    ) -> None:
        container, version = self.containers[number], min(version, len(self.facts[stream]))
        self._arrange(stream, [], reads, 0)
        self.storage.commit_s = commit_s
        reached = -1
        while version:
            keeps = not self.storage.before_keep
            try:
                self._check_version(container, stream, version, time_s=0.0)
                break
            except Unavailable as error:
                failure = error
            if isinstance(failure, ReplayUnfinished):
                assert commit_s
                assert failure.target == version
                assert reached < failure.version < version or not keeps
                reached = failure.version if keeps else -1
            else:
                assert isinstance(failure, StorageUnreachable)
                assert set(reads) & {"load", "commits", "checkpoint"}
        self.storage.mend()

    # ---- what must hold -------------------------------------------------------------------------

    @invariant()
    def the_log_is_the_facts(self) -> None:
        for stream, facts in self.facts.items():
            assert self._log(stream) == facts

    @invariant()
    def heads_are_the_fold(self) -> None:
        for stream, facts in self.facts.items():
            head = self.storage.inner.load(stream)
            assert (head.version if head else 0) == len(facts)
            if head is not None and not head.deleted:
                assert stream not in self.closed
                release = self._by_revision(head.revision)
                parts = Parts(self.storage.inner, HeadCache(), sleep_s=self.clock.effects().sleep_s)
                whole, _ = parts.whole(head, again=partial(self.storage.inner.load, stream))
                self._check_text(release, stream, len(facts), whole.state_text)

    def teardown(self) -> None:
        self.storage.mend()
        for release in self.releases:
            for container in (*self.containers, self._start(release)):
                for stream in STREAMS:
                    self._check_head(container, stream)
                    self._check_events(container, stream)
            for stream, facts in self.facts.items():
                for version in range(len(facts) + 1, 0, -1):
                    self._check_version(container, stream, version)
                self._check_checkpoints(release, stream)
        for container in self.containers:
            for stream in STREAMS:
                document = self._documents(container, [("stock", 0, 1)])
                self._send(container, Operation(container.release, stream, document))

    def _deploy(self, number: int, release: Release) -> None:
        if release not in self.releases:
            self.releases.append(release)
        self.containers[number] = self._start(release)


TestEvolution = Evolution.TestCase
TestEvolution.settings = settings(max_examples=60, stateful_step_count=40)
