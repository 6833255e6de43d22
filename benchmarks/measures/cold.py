"""What a start costs: fresh processes of the service and of a bare boto3 client, in turn.

Times count from the first line of the program that imports: the interpreter's own start is the same
for both and not in them. CPU time is the process's, user and system, of all its threads.

Python finds the bytecode that the forgotten first round wrote, for both. On Lambda a package is
read-only: unless it ships bytecode, every start compiles the service's modules again.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from benchmarks import fresh
from benchmarks.appends import Appends, public
from benchmarks.containers import Container
from benchmarks.orders import CREATED, ORDER
from benchmarks.samples import Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.engines import Engine
    from benchmarks.fresh import Ground, Kind

_NS_A_MS: Final = 1_000_000


def measure(engine: Engine, *, rounds: int) -> Iterator[Start]:
    """Start processes, and let each answer one request: the creation of an order.

    The bare client sends the transaction that the service would.

    Parameters
    ----------
    engine
        Answers the request.
    rounds
        Processes of each kind that are kept; one more is started before them.

    Raises
    ------
    benchmarks.fresh.ProcessFailed
        When a process did not answer.
    """
    table = engine.table()
    container = Container(engine, table)
    appends = Appends(engine.client(), table)
    with fresh.ground(engine, table) as ground:
        for lap in range(-1, rounds):
            requests: dict[Kind, Any] = {
                "service": container.invocation("POST", "/sales-orders", ORDER).event,
                "boto3": appends.request(public("salesOrders", str(uuid.uuid4())), CREATED),
            }
            for kind in fresh.KINDS if lap % 2 else reversed(fresh.KINDS):
                starts = _start(ground, kind, lap, requests[kind])
                if lap >= 0:
                    yield from starts


def _start(ground: Ground, kind: Kind, lap: int, request: Any) -> list[Start]:
    with ground.serving(kind) as serving:
        init_cpu, init_wall, answer_cpu, answer_wall = (
            took_ns / _NS_A_MS for took_ns in serving.begin(request)
        )
    return [
        Start(kind, lap, "init", init_cpu, init_wall),
        Start(kind, lap, "answer", answer_cpu, answer_wall),
    ]
