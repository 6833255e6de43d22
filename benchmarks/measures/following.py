"""What follows commits: whether it slows a write down, and when another client has the events.

The dev server polls the table's stream in a process of its own, and pokes clients on WebSockets.
"""

import contextlib
import json
import random
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures.latency import NS_A_MS, SEED, Entrant, interleaved
from benchmarks.plan import Plan
from benchmarks.samples import Growth, Step
from benchmarks.served import served
from benchmarks.targets import UnexpectedAnswer
from benchmarks.targets.coupled import Coupled
from benchmarks.targets.http import CoupledHttp
from roundtrip_devtools.credentials import Open

POLL_S: Final = {"pushed-4hz": 0.25, "pushed-20hz": 0.05}
"""The pause between two polls of the stream, by target: as Lambda polls, and as the dev server."""
ANSWERED: Final = "answer at the sender"
POKED: Final = "events at the other client"
_PATIENCE_S: Final = 30.0


def measure(engine: Engine, plan: Plan) -> Iterator[Growth]:
    """Time warm updates of a table without a stream and of one that is followed, in turn."""
    alone, followed = engine.table(), engine.table()
    with served(engine, followed, poll_s=POLL_S["pushed-4hz"]):
        entrants = [
            Entrant(Coupled(Container(engine, table)), ("update",), plan.calls)
            for table in (alone, followed)
        ]
        for timed in interleaved(entrants, rounds=plan.rounds):
            followers = entrants.index(timed.entrant)
            name, took_ms = timed.entrant.target.name, timed.elapsed_ms
            yield Growth("followers", followers, name, timed.round, "elapsed_ms", took_ms)


def other_client(engine: Engine, plan: Plan) -> Iterator[Step]:
    """Record updates that one client sends and another one learns of; one more is not kept.

    Before each is a random pause, so that requests meet the polling in any phase.
    """
    chance = random.Random(SEED)  # noqa: S311 - the time of a request is no secret
    for target, poll_s in POLL_S.items():
        with (
            served(engine, engine.table(), poll_s=poll_s) as url,
            contextlib.closing(CoupledHttp(url, Open())) as sender,
        ):
            made = sender.prepare("create", 0)
            made.check(made.send())
            with following(url, sender.made[0]) as other:
                for request in range(-1, plan.requests):
                    call = sender.prepare("update", request + 1)
                    time.sleep(chance.uniform(0, poll_s))
                    began_ns = time.perf_counter_ns()
                    answer = call.send()
                    answered_ns = time.perf_counter_ns()
                    # One that came before the answer counts as come with it.
                    poke = json.loads(other.recv(timeout=_PATIENCE_S))
                    poked_ns = time.perf_counter_ns()
                    call.check(answer)
                    _check(target, poke, version=request + 3)
                    if request >= 0:
                        ends = (ANSWERED, answered_ns), (POKED, poked_ns)
                        for position, (step, at_ns) in enumerate(ends):
                            at_ms = (at_ns - began_ns) / NS_A_MS
                            yield Step(target, request, position, step, at_ms)


def _check(target: str, poke: Any, *, version: int) -> None:
    if (poke["type"], poke.get("version"), len(poke.get("events", ()))) != ("poke", version, 1):
        expected = f"a poke with the event of version {version}"
        raise UnexpectedAnswer(target, "update", expected, received=poke)


@contextlib.contextmanager
def following(url: str, order: str) -> Iterator[ClientConnection]:
    """Open a WebSocket that follows an order, for a ``with`` block."""
    with contextlib.closing(HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE_S)) as http:
        http.request("POST", "/sockets")
        answer = http.getresponse()
        received = answer.read()
    if answer.status != HTTPStatus.CREATED:
        raise UnexpectedAnswer("coupled", "ticket", "status 201", received)
    ticket = json.loads(received)
    place = f"{ticket['url']}?ticket={ticket['ticket']}"
    with connect(place, compression=None, proxy=None, ping_interval=None) as socket:
        streams = [{"store": "salesOrders", "id": order}]
        socket.send(json.dumps({"type": "follow", "streams": streams}))
        text = socket.recv(timeout=_PATIENCE_S)
        if json.loads(text) != {"type": "following", "streams": [{**streams[0], "version": 1}]}:
            raise UnexpectedAnswer("coupled", "follow", "the order at version 1", text)
        yield socket
