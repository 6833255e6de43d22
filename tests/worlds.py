"""A service without a network: an application, containers, a storage that can be made to fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from roundtrip.engine.engine import Engine
from roundtrip.engine.messages import Dispatch, Dispatched, IdempotencyKey
from roundtrip.errors import OutcomeUnknown, Throttled
from roundtrip.redux import DELETED, Action, Rejected, Store, create_slice, replay
from roundtrip.storage.memory import MemoryStorage
from roundtrip.storage.records import Stream
from roundtrip.testing.clock import Clock
from roundtrip.testing.flaky_storage import FlakyStorage

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.redux import Event
    from roundtrip.storage.records import Head


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


@dataclass
class World:
    """One container on a storage, with a clock that only sleeping moves."""

    storage: Any = field(default_factory=lambda: FlakyStorage(MemoryStorage()))
    stores: dict[str, Store] = field(default_factory=lambda: STORES)
    counts: Counter[str] = field(default_factory=Counter)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        engine = Engine(self.stores.values(), self.storage, self.clock.effects(), count=self._count)
        self.cache, self.history = engine.cache, engine.history
        self.dispatcher, self.repeats = engine.dispatcher, engine.repeats

    def dispatch(self, *actions: Action, stream: Stream = STREAM, **options: Any) -> Dispatched:
        deadline_s = self.clock.elapsed_s + options.pop("time_s", 1000.0)
        return self.dispatcher.dispatch(
            Dispatch(stream=stream, actions=actions, deadline_s=deadline_s, **options)
        )

    def existing(self, *, time_s: float = 1000.0) -> Head:
        return self.history.existing(
            self.stores[STREAM.store], STREAM, deadline_s=self.clock.elapsed_s + time_s
        )

    def state_at(self, version: int, *, stream: Stream = STREAM, time_s: float = 1000.0) -> str:
        return self.history.state_at(
            self.stores[stream.store], stream, version, deadline_s=self.clock.elapsed_s + time_s
        )

    def beside(self) -> World:
        """Another container on the same storage."""
        return World(storage=self.storage, stores=self.stores)

    def rival(self, *actions: Action, stream: Stream = STREAM) -> Callable[[], None]:
        """What commits some actions at the moment it is called, from another container."""
        return lambda: void(
            World(storage=self.storage.inner, stores=self.stores).dispatch(*actions, stream=stream)
        )

    def _count(self, fact: str, number: int) -> None:
        self.counts[fact] += number


def void(_: object) -> None:
    """Drop a result."""


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
