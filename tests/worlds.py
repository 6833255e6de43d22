"""A service without a network: an application, containers, a storage that can be made to fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from roundtrip.engine.effects import Effects
from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch, Dispatched, IdempotencyKey
from roundtrip.errors import OutcomeUnknown, Throttled
from roundtrip.redux import DELETED, Action, Rejected, Store, create_slice, replay
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roundtrip.redux import Event
    from roundtrip.storage.port import Storage
    from roundtrip.storage.records import Append, Appended, Commit, Head, HeadPage, Receipt


def entered(state: dict[str, Any], action: Action) -> dict[str, Any]:
    balance = state["balance"] + action.payload["amount"]
    if balance < 0:
        raise Rejected("overdrawn", "There is not enough.", details={"missing": -balance})
    return {"balance": balance, "ids": [*state["ids"], action.payload["id"]]}


def closed(state: dict[str, Any], _: Action) -> dict[str, Any]:
    del state
    return dict(DELETED)


def broken(state: dict[str, Any], action: Action) -> Any:
    state["balance"] = "spoilt before it failed"
    if action.payload == "raise":
        raise KeyError("x")
    return {"none": None, "set": {1}, "keys": {1: 1}, "nan": float("nan")}[action.payload]


LEDGER = create_slice(
    name="ledger",
    initial_state={"balance": 0, "ids": []},
    reducers={"entered": entered, "closed": closed, "broken": broken},
)
STORES = {"ledger": Store("ledger", LEDGER)}
STREAM = Stream("public", "ledger", "a")
CLOSE = Action("ledger/closed")

THROTTLED = Throttled("slow down")
UNKNOWN = OutcomeUnknown("no answer")


def entry(identity: int, amount: int = 1) -> Action:
    return Action("ledger/entered", {"id": identity, "amount": amount})


def key(name: str, fingerprint: str = "f") -> IdempotencyKey:
    return IdempotencyKey(name, fingerprint)


class FlakyStorage:
    """A storage whose next calls run what a test put in line for them."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner
        self.calls: Counter[str] = Counter()
        self.before_append: list[Callable[[], None]] = []
        self.after_append: list[Callable[[], None]] = []
        self.before_load: list[Callable[[], None]] = []
        self.before_receipt: list[Callable[[], None]] = []
        self.answers: list[Appended] = []

    def load(self, stream: Stream) -> Head | None:
        self.calls["load"] += 1
        if self.before_load:
            self.before_load.pop(0)()
        return self.inner.load(stream)

    def append(self, append: Append) -> Appended:
        self.calls["append"] += 1
        if self.before_append:
            self.before_append.pop(0)()
        if self.answers:
            return self.answers.pop(0)
        result = self.inner.append(append)
        if self.after_append:
            self.after_append.pop(0)()
        return result

    def receipt(self, stream: Stream, key: str) -> Receipt | None:
        self.calls["receipt"] += 1
        if self.before_receipt:
            self.before_receipt.pop(0)()
        return self.inner.receipt(stream, key)

    def commits(
        self, stream: Stream, *, after: int = 0, limit: int | None = None
    ) -> Iterator[Commit]:
        self.calls["commits"] += 1
        return self.inner.commits(stream, after=after, limit=limit)

    def heads(self, namespace: str, store: str, *, before: str | None, limit: int) -> HeadPage:
        return self.inner.heads(namespace, store, before=before, limit=limit)


@dataclass
class World:
    """One container on a storage, with a clock that only sleeping moves."""

    storage: Any = field(default_factory=lambda: FlakyStorage(MemoryStorage()))
    stores: dict[str, Store] = field(default_factory=lambda: STORES)
    counts: Counter[str] = field(default_factory=Counter)
    slept_s: list[float] = field(default_factory=list)
    clock_s: float = 0.0
    ids: int = 0
    name: str = "w"

    def __post_init__(self) -> None:
        effects = Effects(
            now=self._now,
            monotonic_s=lambda: self.clock_s,
            sleep_s=self._sleep,
            random=lambda: 0.5,
            new_id=self._id,
        )
        engine = Engine(self.stores.values(), self.storage, effects, count=self._count)
        self.cache, self.history = engine.cache, engine.history
        self.dispatcher = engine.dispatcher

    def dispatch(self, *actions: Action, stream: Stream = STREAM, **options: Any) -> Dispatched:
        deadline_s = self.clock_s + options.pop("time_s", 1000.0)
        return self.dispatcher.dispatch(
            Dispatch(stream=stream, actions=actions, deadline_s=deadline_s, **options)
        )

    def beside(self, name: str) -> World:
        """Another container on the same storage."""
        return World(storage=self.storage, stores=self.stores, name=name)

    def rival(self, *actions: Action, stream: Stream = STREAM) -> Callable[[], None]:
        """What commits some actions at the moment it is called, from another container."""
        return lambda: void(
            World(storage=self.storage.inner, stores=self.stores, name="rival").dispatch(
                *actions, stream=stream
            )
        )

    def _now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.clock_s)

    def _sleep(self, pause_s: float) -> None:
        self.slept_s.append(pause_s)
        self.clock_s += pause_s

    def _id(self) -> str:
        self.ids += 1
        return f"{self.name}-{id(self)}-{self.ids}"

    def _count(self, fact: str, number: int) -> None:
        self.counts[fact] += number


def void(_: object) -> None:
    """Drop a result."""


def raising(error: Exception) -> Callable[[], None]:
    """What fails when it is called."""

    def fail() -> None:
        raise error

    return fail


def events_of(storage: Any, stream: Stream = STREAM) -> list[Event]:
    return [event for commit in storage.commits(stream) for event in commit.events()]


def assert_state_is_the_fold(
    storage: Any, stream: Stream = STREAM, store: Store = STORES["ledger"]
) -> None:
    head, events = storage.load(stream), events_of(storage, stream)
    assert [event.version for event in events] == list(range(1, len(events) + 1))
    version, state_text = replay(store, events, stream=stream.label)
    if head is None:
        assert version == 0
    else:
        assert (head.version, head.state_text) == (version, state_text)
