"""Streams of a given size, and the targets that write to them.

A site has one stream that a single container writes, warm, and one that several write: there the
measured container has to read first, because another one wrote meanwhile, and the floors write too.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from benchmarks.appends import Appends, public
from benchmarks.containers import NOBODY, Container, read
from benchmarks.targets import Call, UnexpectedAnswer
from roundtrip.storage import items, requests
from streamed.orders import STORES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from benchmarks.engines import Engine
    from benchmarks.targets import Operation
    from roundtrip.redux import Store

TARGETS: Final = ("coupled-warm", "coupled-cold-cache", "floor-transact", "floor-get-transact")

_SETTING_UP: Final = 3


class Crew:
    """Who writes to the streams of a table.

    Parameters
    ----------
    engine, table
        Where.
    stores
        What they write to.

    Attributes
    ----------
    warm, cold, maker : Container
        The one that writes alone; the one that reads first; the one that writes in between.
    bare : DynamoDBClient
        The floors'.
    reader : DynamoDBClient
        Looks on, for what is not timed.
    appends : Appends
        What the floors write.
    """

    def __init__(self, engine: Engine, table: str, stores: Sequence[Store] = STORES) -> None:
        self.table = table
        self.warm, self.cold, self.maker = (Container(engine, table, stores) for _ in range(3))
        self.bare: DynamoDBClient = engine.client()
        self.reader: DynamoDBClient = engine.client()
        self.appends = Appends(self.reader, table, stores)


@dataclass
class _Used:
    stream: str
    dispatches: int = 0


@dataclass(frozen=True, kw_only=True)
class Site:
    """Streams of one size.

    Parameters
    ----------
    subject, size
        What samples call it.
    crew
        Who writes there.
    calls
        Of each target, in a round.
    store
        Of the streams.
    seed
        The bodies of the dispatches that make such a stream, each by number.
    action
        The body of a measured dispatch, by number.
    room
        How many events a stream may get beyond its size before another one takes its place; 0:
        each serves one request.
    """

    subject: str
    size: int
    crew: Crew
    calls: int
    store: str
    seed: Sequence[Any]
    action: Callable[[int], Any]
    room: float
    _streams: dict[str, _Used] = field(default_factory=dict, init=False)

    def call(self, target: str, number: int) -> Call:
        """Make a request ready.

        Parameters
        ----------
        target
            One of `TARGETS`.
        number
            Another one for each call.
        """
        body = self.action(number)
        if target == "coupled-warm":
            stream = self._stream("alone", self.crew.warm)
            return self._dispatch(target, self.crew.warm, stream, body)
        stream = self._stream("shared", self.crew.maker)
        if target == "coupled-cold-cache":
            if self.room:
                self._post(self.crew.maker, stream, body)
            return self._dispatch(target, self.crew.cold, stream, body)
        return self._floor(target, stream, body)

    def client(self, target: str) -> DynamoDBClient:
        """Give the client that a target's requests go through."""
        clients = {"coupled-warm": self.crew.warm, "coupled-cold-cache": self.crew.cold}
        return clients[target].client if target in clients else self.crew.bare

    def _stream(self, use: str, maker: Container) -> str:
        used = self._streams.get(use)
        if used is None or used.dispatches > self.room:
            used = self._streams[use] = _Used(str(uuid.uuid4()))
            for body in self.seed:
                self._post(maker, used.stream, body)
            if use == "shared" and self.room:
                # Of this container somebody else's write has to have made the head stale once:
                # since then it reads first, as long as others write.
                for writer in (self.crew.cold, maker, self.crew.cold):
                    self._post(writer, used.stream, self.action(0))
                used.dispatches += _SETTING_UP
        # The measured one, and the one that may have to come before it.
        used.dispatches += 2
        return used.stream

    def _path(self, stream: str) -> str:
        return f"/stores/{self.store}/{stream}/actions"

    def _post(self, container: Container, stream: str, body: Any) -> None:
        self._check("seed", container.invoke(self._invocation(container, stream, body)))

    def _invocation(self, container: Container, stream: str, body: Any) -> Any:
        return container.invocation("POST", self._path(stream), body)

    def _dispatch(self, target: str, container: Container, stream: str, body: Any) -> Call:
        invocation = self._invocation(container, stream, body)
        container.settle(self.store)
        return Call(send=lambda: container.invoke(invocation), check=partial(self._check, target))

    def _floor(self, target: str, stream: str, body: Any) -> Call:
        where = public(self.store, stream)
        get: Any = requests.get_item(self.crew.table, where, items.HEAD_SK)
        transaction: Any = self.crew.appends.request(where, body)
        client, reads = self.crew.bare, target == "floor-get-transact"
        nobody = public(self.store, NOBODY)
        client.get_item(**requests.get_item(self.crew.table, nobody, items.HEAD_SK))

        def send() -> Any:
            found: Any = client.get_item(**get) if reads else None
            return found, client.transact_write_items(**transaction)

        def check(answers: Any) -> None:
            found, _ = answers
            if reads and "Item" not in found:
                raise UnexpectedAnswer(target, "update", expected="a head", received=found)

        return Call(send, check)

    def _check(self, target: str, result: Any) -> None:
        answer = read(result)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED) or any(
            outcome["status"] != "applied" for outcome in answer.json["outcomes"]
        ):
            what = f"{target} on {self.subject} {self.size}"
            raise UnexpectedAnswer(what, "update", expected="all applied", received=answer)


@dataclass(frozen=True)
class SiteTarget:
    """A target at a site, as `benchmarks.targets.Target` has it.

    Parameters
    ----------
    name
        One of `TARGETS`.
    site
        Where.
    """

    name: str
    site: Site

    def prepare(self, operation: Operation, number: int) -> Call:
        """Make a dispatch ready; there is no other operation."""
        if operation != "update":
            raise ValueError(f"{self.name}: expected an update, received {operation}.")
        return self.site.call(self.name, number)
