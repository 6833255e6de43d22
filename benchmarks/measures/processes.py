"""Fresh processes of the service and of a bare boto3 client: start, imports, memory.

Times count from the first line of the program that imports: the interpreter's own start is the same
for both and not in them. CPU time is that of all threads of the process, user and system. Python
finds the bytecode that the first round wrote, which is not kept. On Lambda a package is read-only:
unless it ships bytecode, every start compiles the service's modules again.
"""

import copy
import itertools
import re
import uuid
from collections.abc import Iterator
from typing import Any, Final

from benchmarks import fresh
from benchmarks.containers import Container
from benchmarks.engines import Engine
from benchmarks.measures.latency import NS_A_MS
from benchmarks.orders import CREATED, ORDER, quantity_changed
from benchmarks.plan import Plan
from benchmarks.samples import Import, Memory, Start
from benchmarks.targets.floors import Appends, public
from roundtrip.storage.dynamodb import items

ROOT: Final = "app.main"
"""The module to import; its own cost has what it does, such as making the client."""

# https://docs.python.org/3/using/cmdline.html#cmdoption-X
_LINE: Final = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \| (\s*)(\S+)")
_INDENT: Final = 2


def starts(engine: Engine, plan: Plan) -> Iterator[Start | Import]:
    """Measure `answering` processes, then `importing` ones."""
    yield from answering(engine, rounds=plan.starts)
    yield from importing(engine, rounds=plan.imports)


def answering(engine: Engine, *, rounds: int) -> Iterator[Start]:
    """Start processes of each kind in turn; each answers one request: the creation of an order.

    The bare client sends the transaction that the service would. A first round is not kept.
    """
    table = engine.table()
    container = Container(engine, table)
    appends = Appends(engine.own_client(), table)
    with fresh.ground(engine, table) as ground:
        for lap in range(-1, rounds):
            event = container.invocation("POST", "/sales-orders", ORDER).event
            bare = appends.request(public("salesOrders", str(uuid.uuid4())), CREATED)
            first = lap % len(fresh.KINDS)
            for kind in (*fresh.KINDS[first:], *fresh.KINDS[:first]):
                with ground.serving(kind) as serving:
                    answering = serving.begin(bare if kind == "boto3" else event)
                    took_ms = [took_ns / NS_A_MS for took_ns in answering]
                if lap >= 0:
                    yield Start(kind, lap, "init", *took_ms[:2])
                    yield Start(kind, lap, "answer", *took_ms[2:])


def importing(engine: Engine, *, rounds: int) -> Iterator[Import]:
    """Import the service in fresh processes, which do not use the engine; drop the first round."""
    with fresh.ground(engine, "unasked") as ground:
        for lap in range(-1, rounds):
            log = ground.run("-X", "importtime", "-c", f"import {ROOT}")
            if lap >= 0:
                yield from read_imports(log, lap)


def read_imports(log: str, lap: int) -> list[Import]:
    """Read the output of ``-X importtime``: `ROOT` and all that it was the first to import.

    The log has a line for each module, after those that it imported and two blanks less indented.
    """
    rows: list[Import] = []
    # Read backwards, a module comes before those it imported.
    importing: list[str] = []
    for found in map(_LINE.match, reversed(log.splitlines())):
        if found:
            self_us, cumulative_us, indent, module = found.groups()
            depth = len(indent) // _INDENT
            importing[depth:] = [module]
            if importing[0] == ROOT:
                parent = importing[depth - 1] if depth else ""
                rows.append(Import(module, lap, parent, int(self_us), int(cumulative_us)))
    return rows


def memory(engine: Engine, plan: Plan) -> Iterator[Memory]:
    """Let a process of each kind serve dispatches, and look at its memory every so many of them.

    The service creates a stream with each of the first dispatches and then updates one after the
    other; the bare client sends transactions of the same size to as many streams. Between requests
    only Python itself collects garbage.
    """
    table = engine.table()
    with fresh.ground(engine, table) as ground:
        kinds: dict[fresh.Kind, Any] = {"service": _events, "boto3": _transactions}
        for kind, make in kinds.items():
            requests = make(engine, table, plan.streams)
            with ground.serving(kind) as serving:
                serving.begin(next(requests))
                yield Memory(kind, 0, serving.resident_bytes)
                for served in range(plan.memory_every, plan.dispatches + 1, plan.memory_every):
                    serving.go_on(itertools.islice(requests, plan.memory_every))
                    yield Memory(kind, served, serving.resident_bytes)


def _events(engine: Engine, table: str, streams: int) -> Iterator[Any]:
    container = Container(engine, table)
    for number in itertools.count():
        body = CREATED if number < streams else quantity_changed(number)
        path = f"/stores/salesOrders/so-{number % streams}/actions"
        yield container.invocation("POST", path, body).event


def _transactions(engine: Engine, table: str, streams: int) -> Iterator[Any]:
    pattern = Appends(engine.own_client(), table).request(public("salesOrders", "pattern"), CREATED)
    for number in itertools.count():
        request = copy.deepcopy(pattern)
        commit, head = (write["Put"] for write in request["TransactItems"])
        # Each commit is another item; a head is simply replaced.
        commit["Item"]["sk"] = {"S": items.commit_sk(number + 1)}
        del head["ConditionExpression"]
        for put in (commit, head):
            put["Item"]["pk"] = {"S": items.pk(public("salesOrders", f"bare-{number % streams}"))}
        request["ClientRequestToken"] = str(uuid.uuid4())
        yield request
