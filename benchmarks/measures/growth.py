"""How latency and capacity units change with what grows: streams, states, batches, tables.

A site has streams of one size: one that a single container writes, warm, and one that several
write. There the measured container must read first, because another one wrote meanwhile; the floors
write there too. The sizes of a subject are mixed in each round, so that drift affects all alike.
"""

import math
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar, Final

from benchmarks.capacity import watched
from benchmarks.containers import Answer, Container
from benchmarks.engines import Engine
from benchmarks.measures.latency import Entrant, interleaved
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.plan import Plan, Sizes
from benchmarks.samples import Growth
from benchmarks.targets import Call, Operation, UnexpectedAnswer
from benchmarks.targets.floors import Appends, Bare, public
from roundtrip.limits import MAX_COMMIT_ACTIONS
from roundtrip.redux import Store
from roundtrip.storage.dynamodb import appends
from streamed.orders import STORES

TARGETS: Final = ("coupled-warm", "coupled-cold-cache", "floor-transact", "floor-get-transact")
"""The targets at each site."""
REQUESTS: Final = {
    "coupled-warm": ["TransactWriteItems"],
    "coupled-cold-cache": ["GetItem", "TransactWriteItems"],
}
"""The requests that a dispatch needs; those of the floors are the same."""
READS: Final = ("coupled-read", "coupled-middle")
"""The targets at long streams: reads of the newest state, and of one in the middle half."""

LONG: Final = 1000
_STORE: Final = "salesOrders"
_ROOM: Final = 0.05
"""A stream of `LONG` events or more may grow by this part while it is measured."""
_SETTING_UP: Final = 3
_PRIME: Final = 7919  # leads to versions at any distance from a checkpoint


class Crew:
    """The writers of a table: one alone, one that reads first, and one that makes it read."""

    def __init__(self, engine: Engine, table: str, stores: Sequence[Store] = STORES) -> None:
        self.table = table
        self.warm, self.cold, self.maker = (Container(engine, table, stores) for _ in range(3))
        self.bare = Bare(engine, table, stores)


@dataclass(frozen=True, kw_only=True)
class Place(ABC):
    """Streams of one size, with the number of calls of each target in a round.

    Targets that always send the same requests have them in `requests`.
    """

    requests: ClassVar[Mapping[str, Sequence[str]]] = {}

    subject: str
    size: int
    crew: Crew
    calls: int

    @abstractmethod
    def call(self, target: str, number: int) -> Call:
        """Prepare a request of a target; the number varies it."""

    @abstractmethod
    def client(self, target: str) -> Any:
        """Return the client that sends a target's requests."""

    def check(self, target: str, answer: Answer) -> None:
        """Raise `UnexpectedAnswer` unless an answer is of a read, or of actions that applied."""
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED) or any(
            outcome["status"] != "applied" for outcome in answer.json.get("outcomes", ())
        ):
            what = f"{target} on {self.subject} {self.size}"
            raise UnexpectedAnswer(what, "request", "status 200, all applied", answer)


@dataclass(frozen=True, kw_only=True)
class Site(Place):
    """Streams of one size, made by dispatches of the seed.

    Room is the number of events by which a stream may grow before another one replaces it; with 0
    each stream serves one request.
    """

    requests = REQUESTS

    seed: Sequence[Any] = (CREATED,)
    action: Callable[[int], Any] = quantity_changed
    room: float = math.inf
    _streams: dict[str, str] = field(default_factory=dict, init=False)
    _dispatches: dict[str, int] = field(default_factory=dict, init=False)

    def call(self, target: str, number: int) -> Call:
        """Prepare a dispatch of one of `TARGETS`, or one of `READS`; the number varies it."""
        if target in READS:
            return self._read(target, number)
        body = self.action(number)
        if target == "coupled-warm":
            stream = self._stream("alone", self.crew.warm)
            return self._dispatch(target, self.crew.warm, stream, body)
        stream = self._stream("shared", self.crew.maker)
        if target == "coupled-cold-cache":
            if self.room:
                self._post(self.crew.maker, stream, body)
            return self._dispatch(target, self.crew.cold, stream, body)
        there = True if target == "floor-get-transact" else None
        where = public(_STORE, stream)
        return self.crew.bare.call(target, "update", where, document=body, there=there)

    def client(self, target: str) -> Any:
        """Return the client that sends a target's requests."""
        clients = {"coupled-warm": self.crew.warm, "coupled-cold-cache": self.crew.cold}
        return clients.get(target, self.crew.bare).client

    def _stream(self, use: str, maker: Container) -> str:
        if self._dispatches.get(use, math.inf) > self.room or use not in self._streams:
            stream = self._streams[use] = str(uuid.uuid4())
            self._dispatches[use] = 0
            for body in self.seed:
                self._post(maker, stream, body)
            if use == "shared" and self.room:
                # A container reads first, as long as others write, once another one's write has
                # made its head stale.
                for writer in (self.crew.cold, maker, self.crew.cold):
                    self._post(writer, stream, self.action(0))
                self._dispatches[use] = _SETTING_UP
        # The measured one, and the one that may have to precede it.
        self._dispatches[use] += 2
        return self._streams[use]

    def _read(self, target: str, number: int) -> Call:
        path = f"/stores/{_STORE}/{self._stream('alone', self.crew.warm)}"
        if target == "coupled-middle":
            path += f"?version={self.size // 4 + number * _PRIME % (self.size // 2)}"
        invocation = self.crew.warm.invocation("GET", path)
        return self.crew.warm.call(_STORE, invocation, partial(self.check, target))

    def _path(self, stream: str) -> str:
        return f"/stores/{_STORE}/{stream}/actions"

    def _post(self, container: Container, stream: str, body: Any) -> None:
        self.check("seed", container.send("POST", self._path(stream), body))

    def _dispatch(self, target: str, container: Container, stream: str, body: Any) -> Call:
        invocation = container.invocation("POST", self._path(stream), body)
        return container.call(_STORE, invocation, partial(self.check, target))


@dataclass(frozen=True)
class PlaceTarget:
    """A target at a place, such as one of `TARGETS` or `READS` at a site."""

    name: str
    place: Place

    @property
    def operation(self) -> Operation:
        """A read for one of `READS`, otherwise an update."""
        return "read" if self.name in READS else "update"

    def prepare(self, operation: Operation, number: int) -> Call:
        """Prepare the only operation that it has."""
        del operation
        return self.place.call(self.name, number)

    def sample(self, lap: int, metric: str, value: float) -> Growth:
        """Make a sample of the place."""
        subject = "history" if self.name in READS else self.place.subject
        return Growth(subject, self.place.size, self.name, lap, metric, value)

    def costs(self, lap: int) -> Iterator[Growth]:
        """Count what one more dispatch costs; reads and floors are not counted."""
        if self.name in READS or self.name.startswith("floor-"):
            return
        call = self.prepare("update", lap)
        with watched(self.place.client(self.name), self.place.crew.bare.reader) as uses:
            result = call.send()
        call.check(result)
        sent = [use.operation for use in uses]
        if sent != (expected := self.place.requests.get(self.name, sent)):
            raise UnexpectedAnswer(self.name, "update", ", ".join(expected), received=sent)
        for kind in ("write", "read"):
            units = float(sum(use.by_items for use in uses if use.kind == kind))
            yield self.sample(lap, f"{kind}_units", units)
        yield self.sample(lap, "calls", float(len(uses)))
        yield self.sample(lap, "answer_bytes", float(len(result["body"].encode())))


def measure(engine: Engine, plan: Plan) -> Iterator[Growth]:
    """Time dispatches on every size of every subject; check the requests of every target."""
    for sites in subjects(engine, plan.sizes):
        targets = [PlaceTarget(name, site) for site in sites for name in TARGETS]
        long = [site for site in sites if site.subject == "stream-length" and site.size >= LONG]
        targets += [PlaceTarget(name, site) for site in long for name in READS]
        yield from sampled(targets, rounds=plan.rounds)


def sampled(targets: Sequence[PlaceTarget], *, rounds: int) -> Iterator[Growth]:
    """Time all targets in interleaved rounds, and count in each round what a dispatch costs."""
    by_id = {id(target): target for target in targets}
    entrants = [Entrant(target, [target.operation], target.place.calls) for target in targets]
    done = -1
    for timed in interleaved(entrants, rounds=rounds):
        if timed.round > done:
            # Apart from the timed requests, because asking for units is more work.
            for target in targets:
                yield from target.costs(timed.round)
            done = timed.round
        target = by_id[id(timed.entrant.target)]
        yield target.sample(timed.round, "elapsed_ms", timed.elapsed_ms)


def subjects(engine: Engine, sizes: Sizes) -> Iterator[list[Site]]:
    """Yield the sites of one subject after another; streams are made when they are first used."""
    site = partial(Site, calls=sizes.calls)
    crew = Crew(engine, engine.table())
    yield [
        site(
            subject="stream-length",
            crew=crew,
            size=length,
            seed=[CREATED, *_changes(length - 1)],
            room=0 if length < LONG else length * _ROOM,
        )
        for length in sizes.stream_length
    ]
    crew = Crew(engine, engine.table())
    yield [
        site(subject="batch-actions", crew=crew, size=size, action=partial(_batch, size))
        for size in sizes.batch_actions
    ]
    crews = [(size, Crew(engine, _filled(engine, size))) for size in sizes.streams]
    yield [site(subject="streams", crew=crew, size=size) for size, crew in crews]


def _changes(number: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, number, MAX_COMMIT_ACTIONS):
        yield [quantity_changed(n) for n in range(start, min(number, start + MAX_COMMIT_ACTIONS))]


def _batch(size: int, number: int) -> list[dict[str, Any]]:
    return [quantity_changed(number * size + n) for n in range(size)]


def _filled(engine: Engine, streams: int) -> str:
    """Make a table with streams as the service would write them."""
    table = engine.table()
    one = Appends(engine.own_client(), table).append(public("salesOrders", "pattern"), CREATED)
    made: list[Any] = []
    for _ in range(streams):
        stream = public("salesOrders", str(uuid.uuid4()))
        commit, head = one.commit._replace(stream=stream), one.head._replace(stream=stream)
        made += appends.append_items(one._replace(commit=commit, head=head))
    engine.fill(table, made)
    return table
