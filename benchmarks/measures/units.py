"""The capacity units of one action: by AWS's rules from item sizes, and as engines report them.

The figures of an engine are kept as they are, though no engine here follows AWS's rules exactly.
The streamed design's functions are called one after another; what Lambda reads of a table's stream
is free, so only tables count.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import importlib
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final
from unittest.mock import Mock, patch

from mypy_boto3_dynamodb import DynamoDBClient

from benchmarks.capacity import Use, watched
from benchmarks.containers import Container
from benchmarks.engines import REFERENCE, Engine
from benchmarks.ledgers import ledgers, repetitions_changed
from benchmarks.orders import CREATED, ORDER, quantity_changed
from benchmarks.plan import Plan
from benchmarks.samples import Units
from benchmarks.streamed_local import template
from benchmarks.streamed_local.harness import DIRECTORY
from benchmarks.targets import UnexpectedAnswer
from roundtrip.storage.dynamodb import adapter
from roundtrip.storage.dynamodb.client import Client
from roundtrip_devtools.table import ensure_table
from streamed import composition, items
from streamed.composition import effects
from streamed.connections import Connections

_BATCH: Final = 50
_CONNECTED: Final = {1: "telling 1 client", 1000: "telling 1000 clients"}
"""The cases by the number of connected clients, the list of which is read."""
_FUNCTIONS: Final = ("ingest", "reduce", "read", "push")
_TABLES: Final = {
    "EVENTS_TABLE": "EventsTable",
    "ORDERS_TABLE": "OrdersTable",
    "CONNECTIONS_TABLE": "ConnectionsTable",
}


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
    for case, with_ids in (
        ("action on a 50 KB state", False),
        ("action on a 50 KB state, a UUID in each row", True),
    ):
        container = Container(engine, table, [ledgers(with_ids=with_ids)])
        path = f"/stores/ledgers/{uuid.uuid4()}/actions"
        _send(container, "POST", path, repetitions_changed(0))
        uses = used(container, "POST", path, repetitions_changed(1))
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
    client, reader = engine.own_client(), engine.client()
    tables = {name: _table(reader, table) for name, table in _TABLES.items()}
    ingest, reduce, read, push = (_function(name, client, tables) for name in _FUNCTIONS)
    order_id = str(uuid.uuid4())

    def used(case: str, function: Any, event: Any) -> Iterator[Units]:
        with watched(client, reader) as uses:
            function(event, None)
        yield from _rows("streamed", engine, case, 1, uses)

    def message(**body: Any) -> dict[str, Any]:
        connection = {"connectionId": _connection(0)}
        return {"requestContext": connection, "body": json.dumps({"id": order_id, **body})}

    def stored(name: str, key: Any) -> Any:
        answer = reader.get_item(TableName=tables[name], Key=key, ConsistentRead=True)
        return answer["Item"]

    def records(name: str, key: Any) -> dict[str, Any]:
        image = {"SequenceNumber": "1", "NewImage": stored(name, key)}
        return {"Records": [{"eventName": "INSERT", "dynamodb": image}]}

    def dispatch(case: str, reduce: Any, action: Any) -> Iterator[Units]:
        event_id = str(uuid.uuid4())
        key = items.event_key(order_id, event_id)

        def take_and_reduce(event: Any, _: None) -> None:
            ingest(event, None)
            reduce(records("EVENTS_TABLE", key), None)

        event = message(action="dispatch", eventId=event_id, **action)
        yield from used(case, take_and_reduce, event)
        if (decided := stored("EVENTS_TABLE", key)).get("status") != {"S": "applied"}:
            raise UnexpectedAnswer("streamed", "dispatch", expected="applied", received=decided)

    yield from dispatch("creation", reduce, CREATED)
    yield from dispatch("small action", reduce, quantity_changed(1))
    cold = _function("reduce", client, tables)
    yield from dispatch("small action, cold cache", cold, quantity_changed(2))
    yield from used("read", read, message(action="get", requestId="1"))
    recorder, table = Mock(), tables["CONNECTIONS_TABLE"]
    connections, now = Connections(recorder, table, effects().now), effects().now()
    for number, case in _CONNECTED.items():
        for one in range(number):
            connections.add(_connection(one), connected_at_ms=int(now.timestamp() * 1000))
        # One after the other they would take long.
        engine.fill(table, (call.args[1]["Item"] for call in recorder.call.mock_calls))
        recorder.reset_mock()
        yield from used(case, push, records("ORDERS_TABLE", items.order_key(order_id)))


def _table(client: DynamoDBClient, resource: str) -> str:
    name = f"streamed-{uuid.uuid4().hex}-{resource}"
    ensure_table(client, template.read(DIRECTORY).tables[resource], name)
    return name


def _function(name: str, client: Client, tables: dict[str, str]) -> Callable[..., Any]:
    """Make a new container of a function, with sockets of clients that are only counted."""
    module = f"streamed.handlers.{name}"
    sys.modules.pop(module, None)
    with (
        patch.dict(os.environ, {**tables, "MANAGEMENT_URL": "https://api.example.org"}),
        patch.object(adapter, "connect", lambda: client),
        patch.object(composition, "management", Mock()),
    ):
        handler: Callable[..., Any] = importlib.import_module(module).lambda_handler
    return handler


def _connection(number: int) -> str:
    # Like API Gateway's: 12 bytes in Base64.
    return f"L0SM9cOF{number:07}="
