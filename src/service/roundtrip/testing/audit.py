"""Checks the guarantees of the service: compares what writers were told with the storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from roundtrip.engine.cache import HeadCache
from roundtrip.engine.parts import Parts
from roundtrip.errors import ReplayFailed
from roundtrip.redux.jsontext import decode, encode
from roundtrip.redux.outcome import Applied
from roundtrip.redux.replay import replay
from roundtrip.testing.clock import Clock
from roundtrip.testing.difference import difference
from roundtrip.testing.state_type import state_fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip.engine.messages import Dispatched
    from roundtrip.redux.action import Event
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Head, Stream

    Place: TypeAlias = tuple[Stream, int]


_IMPURE: Final = (
    "Does a reducer depend on more than its state and action, such as time or random numbers?"
)


class Audit:
    """Records the results of requests and checks the storage against them.

    Every action has its own number as ``meta``.

    Parameters
    ----------
    store
        The store of all streams.
    """

    def __init__(self, store: Store, storage: Storage) -> None:
        self._store = store
        self._storage = storage
        self._parts = Parts(storage, HeadCache(), sleep_s=Clock().effects().sleep_s)
        self._places: dict[int, Place] = {}
        self._refused: set[int] = set()
        self._texts: dict[Place, str] = {}
        self._logs: dict[Stream, list[str]] = {}
        self._heads: dict[Stream, Head | None] = {}
        self._sound: set[str] = set()

    @property
    def written(self) -> bool:
        """Whether any log has an event."""
        return any(self._logs.values())

    def version(self, stream: Stream) -> int:
        """Return the current version of a stream."""
        head = self._storage.load(stream)
        return head.version if head else 0

    def state(self, stream: Stream) -> Any:
        """Return the current state of a stream."""
        head = self._head(stream)
        return decode(head.state_text if head else self._store.reducer.initial_text())

    def deleted(self, stream: Stream) -> bool:
        """Return whether a stream is deleted."""
        head = self._storage.load(stream)
        return head is not None and head.deleted

    def answered(self, stream: Stream, numbers: Sequence[int], answer: Dispatched) -> None:
        """Record the result of a request."""
        for number, outcome in zip(numbers, answer.outcomes, strict=True):
            if not isinstance(outcome, Applied):
                self._refused.add(number)
                continue
            place = (stream, outcome.version)
            if self._places.setdefault(number, place) != place:
                raise AssertionError(
                    f"{stream.label}: a repeated request returned version {outcome.version}, the "
                    f"first one {self._places[number][1]}: it must find its receipt."
                )
        if answer.answer == "state":
            self._seen(stream, answer.head.version, answer.head.state_text)

    def refused(self, numbers: Sequence[int]) -> None:
        """Record actions that must never be in a log."""
        self._refused.update(numbers)

    def read(self, stream: Stream, version: int, state_text: str) -> None:
        """Record a state that was read."""
        self._seen(stream, version, state_text)

    def check(self, streams: Sequence[Stream]) -> None:
        """Check every guarantee.

        Raises
        ------
        AssertionError
            If one is broken.
        """
        found: dict[int, Place] = {}
        for stream in streams:
            events = [
                event for commit in self._storage.commits(stream) for event in commit.events()
            ]
            head = self._head(stream)
            if self._check_log(stream, events) or head != self._heads.get(stream):
                self._check_fold(stream, head, events)
                self._heads[stream] = head
            for event in events:
                if event.action.meta in found:
                    raise AssertionError(
                        f"{stream.label}: {event.action.type} was applied twice, at versions "
                        f"{found[event.action.meta][1]} and {event.version}: a repeated request "
                        "with the same Idempotency-Key must find its receipt."
                    )
                found[event.action.meta] = (stream, event.version)
        for number, place in self._places.items():
            if found.get(number) != place:
                raise AssertionError(
                    f"{place[0].label}: the action acknowledged as version {place[1]} is missing."
                )
        if self._refused & found.keys():
            raise AssertionError("A rejected action is in the log.")

    def _head(self, stream: Stream) -> Head | None:
        head = self._storage.load(stream)
        if head is None:
            return None
        whole, _ = self._parts.whole(head, again=lambda: self._storage.load(stream))
        return whole._replace(manifest_text=None)

    def _check_log(self, stream: Stream, events: list[Event]) -> bool:
        """Check that a log only grows, and return whether it has grown."""
        versions = [event.version for event in events]
        if versions != list(range(1, len(events) + 1)):
            raise AssertionError(f"{stream.label}: the versions have gaps: {versions}.")
        texts = [encode(event.to_json()) for event in events]
        before = self._logs.get(stream, [])
        if texts[: len(before)] != before:
            raise AssertionError(f"{stream.label}: the log was rewritten.")
        self._logs[stream] = texts
        return texts != before

    def _check_fold(self, stream: Stream, head: Head | None, events: list[Event]) -> None:
        try:
            version, state_text = replay(self._store, events, stream=stream.label)
        except ReplayFailed as error:
            raise AssertionError(f"{error} It was once applied. {_IMPURE}") from error
        if head is None:
            if events:
                raise AssertionError(f"{stream.label}: found events but no head.")
            return
        if head.version != version:
            raise AssertionError(
                f"{stream.label}: the head is at version {head.version}, the log at {version}."
            )
        self._seen(stream, version, head.state_text)
        self._seen(stream, version, state_text)
        self._check_type(stream, version, state_text)

    def _check_type(self, stream: Stream, version: int, state_text: str) -> None:
        if state_text in self._sound:
            return
        if fault := state_fault(self._store.reducer.state, decode(state_text)):
            raise AssertionError(
                f"{stream.label}: the state at version {version} does not have its declared type:\n"
                f"{fault}\n{state_text}"
            )
        self._sound.add(state_text)

    def _seen(self, stream: Stream, version: int, state_text: str) -> None:
        before = self._texts.setdefault((stream, version), state_text)
        if before != state_text:
            lines = difference(decode(before), decode(state_text))
            raise AssertionError(
                f"{stream.label}: the same events give a different state at version {version}. "
                f"{_IMPURE}\n{lines or 'The members have a different order.'}"
            )
