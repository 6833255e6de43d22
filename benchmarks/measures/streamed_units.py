"""The capacity units of one action in the streamed design: its functions, called one after another.

What Lambda reads of a table's stream for a function is free, so only tables count.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from benchmarks.capacity import watched
from benchmarks.measures.units import rows
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.streamed_local import template
from benchmarks.streamed_local.harness import DIRECTORY
from benchmarks.targets import UnexpectedAnswer
from roundtrip.api.schemas import Schemas
from roundtrip.engine.cache import HeadCache
from roundtrip_devtools.table import ensure_table
from streamed import items
from streamed.composition import effects
from streamed.connections import Connections
from streamed.ingestion import Ingestion
from streamed.orders import ORDERS
from streamed.pushing import Pushing
from streamed.reading import Reading
from streamed.reduction import Reduction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.capacity import Use
    from benchmarks.engines import Engine
    from benchmarks.samples import Units

CONNECTED: Final = (1, 1000)
"""How many clients are connected where the list of them is read."""

_TABLES: Final = ("EventsTable", "OrdersTable", "ConnectionsTable")


class _Deaf:
    """Sockets of clients that only have to be counted."""

    def post(self, connection_id: str, data: bytes) -> bool:
        del connection_id, data
        return True


class _Design:
    """The functions of the design, on one client that can be watched."""

    def __init__(self, engine: Engine) -> None:
        self.reader = engine.client()
        self.client = engine.client()
        definition = template.read(DIRECTORY)
        prefix = f"streamed-{uuid.uuid4().hex}-"
        for table in _TABLES:
            ensure_table(self.reader, definition.tables[table], prefix + table)
        self._events, self._orders, connections = (prefix + table for table in _TABLES)
        sockets: Any = _Deaf()
        self._pool = ThreadPoolExecutor(1)
        self._ingestion = Ingestion(
            self.client,
            events_table=self._events,
            orders_table=self._orders,
            store=ORDERS,
            schemas=Schemas([ORDERS]),
            sockets=sockets,
            now=effects().now,
        )
        self._reduction = self._new_reduction()
        self._reading = Reading(self.client, self._orders)
        self.connections = Connections(self.client, connections, effects().now)
        self._pushing = Pushing(self.connections, sockets, self._pool)

    def _new_reduction(self) -> Reduction:
        return Reduction(
            self.client,
            events_table=self._events,
            orders_table=self._orders,
            store=ORDERS,
            cache=HeadCache(),
            effects=effects(),
            pool=self._pool,
        )

    def forget(self) -> None:
        """Go on with a new container of the reducer."""
        self._reduction = self._new_reduction()

    def dispatch(self, order_id: str, action: dict[str, Any]) -> list[Use]:
        """Take an action and reduce its event."""
        event_id = str(uuid.uuid4())
        message = {"action": "dispatch", "id": order_id, "eventId": event_id, **action}
        with watched(self.client, self.reader) as uses:
            self._ingestion.take(_connection(0), json.dumps(message))
            key: Any = items.event_key(order_id, event_id)
            self._reduction.run([self._record(self._events, key)])
        decided = self.reader.get_item(TableName=self._events, Key=key)["Item"]
        if decided.get("status") != {"S": "applied"}:
            raise UnexpectedAnswer("streamed", "dispatch", expected="applied", received=decided)
        return uses

    def push(self, order_id: str) -> list[Use]:
        """Tell every client of the newest state."""
        with watched(self.client, self.reader) as uses:
            self._pushing.run([self._record(self._orders, items.order_key(order_id))])
        return uses

    def read(self, order_id: str) -> list[Use]:
        """Answer a client that asks for an order."""
        message = {"action": "get", "id": order_id, "requestId": "1"}
        with watched(self.client, self.reader) as uses:
            self._reading.answer(json.dumps(message))
        return uses

    def _record(self, table: str, key: Any) -> dict[str, Any]:
        image = self.reader.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}}


def measure(engine: Engine) -> Iterator[Units]:
    """Count the units of each case once: they do not vary.

    Raises
    ------
    UnexpectedAnswer
        When an action was not applied.
    """
    design, order_id = _Design(engine), str(uuid.uuid4())
    created = design.dispatch(order_id, CREATED)
    yield from rows("streamed", engine, "creation", 1, created)
    yield from rows(
        "streamed", engine, "small action", 1, design.dispatch(order_id, quantity_changed(1))
    )
    design.forget()
    cold = design.dispatch(order_id, quantity_changed(2))
    yield from rows("streamed", engine, "small action, cold cache", 1, cold)
    yield from rows("streamed", engine, "read", 1, design.read(order_id))
    connected = 0
    for number in CONNECTED:
        for one in range(connected, number):
            now_ms = int(datetime.now(UTC).timestamp() * 1000)
            design.connections.add(_connection(one), connected_at_ms=now_ms)
        connected = number
        case = f"telling {number} client{'s' if number > 1 else ''}"
        yield from rows("streamed", engine, case, 1, design.push(order_id))


def _connection(number: int) -> str:
    # As API Gateway makes them: 12 bytes in Base64.
    return f"L0SM9cOF{number:07}="
