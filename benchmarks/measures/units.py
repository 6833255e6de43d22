"""The capacity units of one action: by AWS's rules from item sizes, and as engines report them.

The figures of an engine are kept as they are, though no engine here follows AWS's rules exactly.
The streamed design's functions are called one after another; what Lambda reads of a table's stream
is free, so only tables count.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from benchmarks.capacity import Use, watched
from benchmarks.containers import Container
from benchmarks.engines import REFERENCE, Engine
from benchmarks.ledgers import LEDGERS, loading, repetitions_changed, rows_as_text
from benchmarks.orders import CREATED, ORDER, quantity_changed
from benchmarks.plan import Plan
from benchmarks.samples import Units
from benchmarks.streamed_local import template
from benchmarks.streamed_local.harness import DIRECTORY
from benchmarks.targets import UnexpectedAnswer
from roundtrip.api.validation import ActionValidator
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

_BATCH: Final = 50
_STATE_BYTES: Final = 50 * 1024
_CONNECTED: Final = (1, 1000)
"""Numbers of connected clients where the list of them is read."""
_TABLES: Final = ("EventsTable", "OrdersTable", "ConnectionsTable")


def measure(engine: Engine, _: Plan) -> Iterator[Units]:
    """Count the units of both designs."""
    yield from coupled(engine)
    yield from streamed(engine)


def coupled(engine: Engine) -> Iterator[Units]:
    """Count the units of each case of the coupled design once: they do not vary.

    Units computed from items are the same on every engine, and given for the reference alone.
    """
    table = engine.table()
    warm, cold = (Container(engine, table) for _ in range(2))

    def used(container: Container, *request: Any) -> list[Use]:
        with watched(container.client, engine.client()) as uses:
            _send(container, *request)
        return uses

    key = {"idempotency-key": str(uuid.uuid4())}
    changed: Any = quantity_changed(1)
    batch = [quantity_changed(number) for number in range(_BATCH)]
    cases: list[tuple[str, Container, Any, Any]] = [
        ("small action", warm, changed, None),
        ("small action, cold cache", cold, changed, None),
        ("small action with a key", warm, changed, key),
        (f"batch of {_BATCH} small actions", warm, batch, None),
    ]
    for case, container, document, headers in cases:
        path = f"/stores/salesOrders/{uuid.uuid4()}/actions"
        _send(warm, "POST", path, CREATED)
        actions = len(document) if document is batch else 1
        uses = used(container, "POST", path, document, headers)
        yield from _rows("coupled", engine, case, actions, uses)
    ledgers = Container(engine, table, LEDGERS)
    for case, with_ids in (
        ("action on a 50 KB state", False),
        ("action on a 50 KB state, a UUID in each row", True),
    ):
        path = f"/stores/ledgers/{uuid.uuid4()}/actions"
        for document in loading(rows_as_text(_STATE_BYTES, with_ids=with_ids)):
            _send(ledgers, "POST", path, document)
        uses = used(ledgers, "POST", path, repetitions_changed(0))
        yield from _rows("coupled", engine, case, 1, uses)
    yield from _rows("coupled", engine, "creation", 1, used(warm, "POST", "/sales-orders", ORDER))
    order_id = _send(warm, "POST", "/sales-orders", ORDER)["id"]
    read = used(warm, "GET", f"/stores/salesOrders/{order_id}")
    yield from _rows("coupled", engine, "read", 1, read)


def _send(container: Container, method: str, path: str, *request: Any) -> Any:
    answer = container.send(method, path, *request)
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise UnexpectedAnswer("coupled", path, expected="status 200 or 201", received=answer)
    return answer.json


def _rows(design: str, engine: Engine, case: str, actions: int, uses: list[Use]) -> Iterator[Units]:
    for kind in ("write", "read"):
        used = [use for use in uses if use.kind == kind]
        if engine.name == REFERENCE:
            by_items = float(sum(use.by_items for use in used))
            yield Units(design, case, actions, kind, "items", by_items)
        reported = float(sum(use.reported for use in used))
        yield Units(design, case, actions, kind, engine.name, reported)


def streamed(engine: Engine) -> Iterator[Units]:
    """Count the units of each case of the streamed design once: they do not vary."""
    design, order_id = _Design(engine), str(uuid.uuid4())

    def rows(case: str, use: Callable[[], object]) -> Iterator[Units]:
        with watched(design.client, design.reader) as uses:
            use()
        yield from _rows("streamed", engine, case, 1, uses)

    def dispatch(case: str, action: Any) -> Iterator[Units]:
        event_id = str(uuid.uuid4())
        yield from rows(case, lambda: design.dispatch(order_id, event_id, action))
        design.check_applied(order_id, event_id)

    yield from dispatch("creation", CREATED)
    yield from dispatch("small action", quantity_changed(1))
    design.reduction = design.new_reduction()
    yield from dispatch("small action, cold cache", quantity_changed(2))
    message = json.dumps({"action": "get", "id": order_id, "requestId": "1"})
    yield from rows("read", lambda: design.reading.answer(message))
    connected = 0
    for number in _CONNECTED:
        design.add_connections(range(connected, number))
        connected = number
        case = f"telling {number} client{'s' if number > 1 else ''}"
        yield from rows(case, lambda: design.push(order_id))


class _Sockets:
    """The sockets of clients that are only counted."""

    def post(self, connection_id: str, data: bytes) -> bool:
        del connection_id, data
        return True


class _Design:
    """The functions of the streamed design, on one client that can be watched."""

    def __init__(self, engine: Engine) -> None:
        self.reader, self.client = engine.client(), engine.client()
        definition = template.read(DIRECTORY)
        prefix = f"streamed-{uuid.uuid4().hex}-"
        for table in _TABLES:
            ensure_table(self.reader, definition.tables[table], prefix + table)
        self._events, self._orders, connections = (prefix + table for table in _TABLES)
        sockets: Any = _Sockets()
        self._pool = ThreadPoolExecutor(1)
        self._ingestion = Ingestion(
            self.client,
            events_table=self._events,
            orders_table=self._orders,
            store=ORDERS,
            schemas=ActionValidator([ORDERS]),
            sockets=sockets,
            now=effects().now,
        )
        self.reduction = self.new_reduction()
        self.reading = Reading(self.client, self._orders)
        self._connections = Connections(self.client, connections, effects().now)
        self._pushing = Pushing(self._connections, sockets, self._pool)

    def new_reduction(self) -> Reduction:
        """Make a new container of the reducer."""
        return Reduction(
            self.client,
            events_table=self._events,
            orders_table=self._orders,
            store=ORDERS,
            cache=HeadCache(),
            effects=effects(),
            pool=self._pool,
        )

    def dispatch(self, order_id: str, event_id: str, action: dict[str, Any]) -> None:
        """Take an action and reduce its event."""
        message = {"action": "dispatch", "id": order_id, "eventId": event_id, **action}
        self._ingestion.take(_connection(0), json.dumps(message))
        self.reduction.run([self._record(self._events, items.event_key(order_id, event_id))])

    def add_connections(self, numbers: range) -> None:
        """Connect clients."""
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        add = partial(self._connections.add, connected_at_ms=now_ms)
        with ThreadPoolExecutor() as pool:
            list(pool.map(add, map(_connection, numbers)))

    def push(self, order_id: str) -> None:
        """Send the newest state to every client."""
        self._pushing.run([self._record(self._orders, items.order_key(order_id))])

    def check_applied(self, order_id: str, event_id: str) -> None:
        """Raise `UnexpectedAnswer` unless an event was applied."""
        key: Any = items.event_key(order_id, event_id)
        decided = self.reader.get_item(TableName=self._events, Key=key)["Item"]
        if decided.get("status") != {"S": "applied"}:
            raise UnexpectedAnswer("streamed", "dispatch", expected="applied", received=decided)

    def _record(self, table: str, key: Any) -> dict[str, Any]:
        image = self.reader.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}}


def _connection(number: int) -> str:
    # Like API Gateway's: 12 bytes in Base64.
    return f"L0SM9cOF{number:07}="
