"""The facts of all streams, and the checks of what containers read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from roundtrip.engine.engine import Engine
from roundtrip.errors import (
    ReplayFailed,
    RoundtripError,
    StreamDeleted,
    StreamNotFound,
    VersionNotFound,
)
from roundtrip.redux.jsontext import decode
from roundtrip.storage.records import DELETED_TEXT, Head, Stream
from roundtrip.testing.clock import Clock
from tests.evolution import model
from tests.evolution.app import Release, make_store
from tests.evolution.model import DELETED, Broken, Fact
from tests.evolution.storage import SlowStorage

if TYPE_CHECKING:
    from collections.abc import Callable

STREAMS: Final = [Stream("public", "app", "a"), Stream("public", "app", "b")]

_T = TypeVar("_T")


@dataclass(eq=False)
class Container:
    """A container of one release."""

    release: Release
    engine: Engine


class Audit(RuleBasedStateMachine):
    """Knows the facts, and what every release must make of them.

    Attributes
    ----------
    facts
        The events of each stream.
    ends
        The last versions of its commits.
    closed
        The streams whose head is a deletion, which is final for every release.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.storage = SlowStorage(self.clock)
        self.releases = [Release(unique=True, floor=0)]
        self.facts: dict[Stream, list[Fact]] = {stream: [] for stream in STREAMS}
        self.ends: dict[Stream, set[int]] = {stream: {0} for stream in STREAMS}
        self.closed: set[Stream] = set()
        self._states: dict[tuple[Release, Stream], list[Any]] = {}
        self._texts: dict[tuple[str, Stream, int], str] = {}

    def _start(self, release: Release, *, storage: Any = None) -> Container:
        engine = Engine([make_store(release)[0]], storage or self.storage, self.clock.effects())
        return Container(release, engine)

    def _deadline_s(self) -> float:
        return self.clock.elapsed_s + 2.0

    def _state(self, release: Release, stream: Stream, version: int | None = None) -> Any:
        states = self._states.setdefault((release, stream), [model.initial(release)])
        model.fold(release, self.facts[stream], states)
        return states[len(self.facts[stream]) if version is None else version]

    def _log(self, stream: Stream) -> list[Fact]:
        return [
            Fact(
                event.action.type,
                event.action.payload,
                event.action.meta,
                event.actor,
                event.recorded_at,
            )
            for commit in self.storage.inner.commits(stream)
            for event in commit.events()
        ]

    def _by_revision(self, revision: str) -> Release:
        return next(
            release
            for release in self.releases
            if make_store(release)[0].reducer.revision == revision
        )

    def _check_version(
        self, container: Container, stream: Stream, version: int, *, time_s: float = 9.0
    ) -> None:
        release, facts = container.release, self.facts[stream]
        wanted = self._state(release, stream, version) if version <= len(facts) else None
        if version == len(facts) and stream in self.closed:
            wanted = DELETED
        store, deadline_s = make_store(release)[0], self.clock.elapsed_s + time_s
        found = _attempted(
            lambda: container.engine.history.state_at(store, stream, version, deadline_s=deadline_s)
        )
        if isinstance(found, str):
            assert wanted not in (None, DELETED)
            self._check_text(release, stream, version, found)
        elif isinstance(found, VersionNotFound):
            assert version > len(facts) == found.current_version
        else:
            self._check_error(found, stream, wanted)

    def _check_head(self, container: Container, stream: Stream) -> None:
        release = container.release
        wanted = DELETED if stream in self.closed else self._state(release, stream)
        store, deadline_s = make_store(release)[0], self._deadline_s()
        head = _attempted(
            lambda: container.engine.history.existing(store, stream, deadline_s=deadline_s)
        )
        if isinstance(head, Head):
            assert wanted != DELETED
            assert head.version == len(self.facts[stream])
            self._check_text(release, stream, head.version, head.state_text)
        else:
            self._check_error(head, stream, wanted)

    def _check_error(self, error: Exception, stream: Stream, wanted: Any) -> None:
        match error:
            case StreamNotFound():
                assert not self.facts[stream]
            case StreamDeleted():
                assert wanted == DELETED
            case ReplayFailed():
                assert Broken(error.version) == wanted
            case _:
                raise error

    def _check_events(self, container: Container, stream: Stream) -> None:
        found: list[Any] = []
        after: int | None = 0
        while after is not None and self.facts[stream]:
            page = container.engine.history.events(stream, after=after, limit=3, max_bytes=10**6)
            found += map(decode, page.texts)
            after = page.next
        assert [
            (
                event["type"],
                event.get("payload"),
                event["meta"],
                event["actor"],
                event["recordedAt"],
            )
            for event in found
        ] == self.facts[stream]
        assert [event["version"] for event in found] == list(range(1, len(found) + 1))

    def _check_checkpoints(self, release: Release, stream: Stream) -> None:
        revision, version = make_store(release)[0].reducer.revision, len(self.facts[stream])
        while found := self.storage.inner.checkpoint(stream, revision, version):
            assert found.version in self.ends[stream]
            if found.state_text == DELETED_TEXT:
                assert self._state(release, stream, found.version) == DELETED
            else:
                self._check_text(release, stream, found.version, found.state_text)
            version = found.version - 1

    def _check_text(self, release: Release, stream: Stream, version: int, text: str) -> None:
        wanted = self._state(release, stream, version)
        assert decode(text) == wanted
        revision = make_store(release)[0].reducer.revision
        assert self._texts.setdefault((revision, stream, version), text) == text


def _attempted(read: Callable[[], _T]) -> _T | RoundtripError:
    try:
        return read()
    except RoundtripError as error:
        return error
