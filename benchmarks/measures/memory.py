"""The resident memory of a process that serves many requests, the service's and a bare client's.

Each is a fresh process. Between requests nothing is done about garbage but what Python does itself.
"""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING, Any

from benchmarks import fresh
from benchmarks.appends import Appends, public
from benchmarks.containers import Container
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.samples import Memory
from roundtrip.storage import items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.engines import Engine
    from benchmarks.fresh import Ground, Kind


def measure(engine: Engine, *, dispatches: int, streams: int, every: int) -> Iterator[Memory]:
    """Let both processes serve, and look at their memory again and again.

    The service creates a stream with each of the first dispatches and then updates one after the
    other; the bare client sends transactions of the same size to as many streams.

    Parameters
    ----------
    engine
        Answers the requests.
    dispatches
        How many each process serves after the first, which makes it warm.
    streams
        How many streams they spread over.
    every
        After how many dispatches memory is looked at.

    Raises
    ------
    benchmarks.fresh.ProcessFailed
        When a process did not answer.
    """
    table = engine.table()
    with fresh.ground(engine, table) as ground:
        yield from _serve(ground, "service", _events(engine, table, streams), dispatches, every)
        yield from _serve(ground, "boto3", _transactions(engine, table, streams), dispatches, every)


def _serve(
    ground: Ground, kind: Kind, requests: Iterator[Any], dispatches: int, every: int
) -> Iterator[Memory]:
    with ground.serving(kind) as serving:
        serving.begin(next(requests))
        yield Memory(kind, 0, serving.resident_bytes)
        for served in range(every, dispatches + 1, every):
            serving.go_on(next(requests) for _ in range(every))
            yield Memory(kind, served, serving.resident_bytes)


def _events(engine: Engine, table: str, streams: int) -> Iterator[Any]:
    container = Container(engine, table)
    number = 0
    while True:
        body = CREATED if number < streams else quantity_changed(number)
        path = f"/stores/salesOrders/so-{number % streams}/actions"
        yield container.invocation("POST", path, body).event
        number += 1


def _transactions(engine: Engine, table: str, streams: int) -> Iterator[Any]:
    pattern = Appends(engine.client(), table).request(public("salesOrders", "pattern"), CREATED)
    number = 0
    while True:
        request = copy.deepcopy(pattern)
        commit, head = (write["Put"] for write in request["TransactItems"])
        # Each commit is another item; a head is simply replaced.
        commit["Item"]["sk"] = {"S": items.commit_sk(number + 1)}
        del head["ConditionExpression"]
        for put in (commit, head):
            put["Item"]["pk"] = {"S": items.pk(public("salesOrders", f"bare-{number % streams}"))}
        request["ClientRequestToken"] = str(uuid.uuid4())
        yield request
        number += 1
