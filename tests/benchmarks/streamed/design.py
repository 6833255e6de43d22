"""The streamed design without AWS: its functions, tables with streams, and clients."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from benchmarks.orders import ORDER
from benchmarks.streamed_local import template
from benchmarks.streamed_local.harness import DIRECTORY
from benchmarks.streamed_local.shards import ShardReader, Stream
from roundtrip.api.validation import ActionValidator
from roundtrip.engine.cache import HeadCache
from roundtrip.engine.effects import Effects
from roundtrip.errors import OutcomeUnknown, Throttled
from roundtrip.storage.dynamodb.client import Refused
from roundtrip_devtools.environment import DUMMY_CREDENTIALS, LOCAL_REGION
from streamed import items
from streamed.connections import Connections, Sockets
from streamed.ingestion import Ingestion
from streamed.orders import ORDERS
from streamed.pushing import Pushing
from streamed.reading import Reading, read_order
from streamed.reduction import Reduction
from tests.engines_fixtures import make_client, own_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundtrip_devtools.table import TableDefinition
    from streamed.records import Order, Outcome
    from tests.benchmarks.streamed.memory import Memory

STREAMED = DIRECTORY
TEMPLATE = STREAMED / "template.yaml"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CREATED = {"type": "salesOrders/created", "payload": ORDER}
CONFIRMED = {"type": "salesOrders/confirmed"}
CANCELLED = {"type": "salesOrders/cancelled"}
DELETED = {"type": "salesOrders/deleted"}
MISSED = EndpointConnectionError(endpoint_url="https://management")
"""The fault of a message that does not reach its client."""
SCHEMAS = ActionValidator([ORDERS])

on_both_engines = pytest.mark.parametrize(
    "design", ["memory", pytest.param("dynamodb-local", marks=pytest.mark.engine)], indirect=True
)


class DynamoDBLocal:
    """An engine with the streams that Lambda would read."""

    def __init__(self, endpoint_url: str) -> None:
        self.client = own_client(endpoint_url)
        self._sdk = make_client(endpoint_url)
        self._endpoint_url = endpoint_url

    def create(self, definition: TableDefinition, name: str) -> None:
        # Without expiry: the tests' clock is in the past.
        self._sdk.create_table(TableName=name, **definition.arguments)

    def drop(self, table: str) -> None:
        self._sdk.delete_table(TableName=table)

    def items(self, table: str) -> list[dict[str, Any]]:
        return list(self._sdk.scan(TableName=table, ConsistentRead=True)["Items"])

    def records(self, table: str) -> list[dict[str, Any]]:
        arn = self._sdk.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        stream = Stream(make_streams_client(self._endpoint_url), arn)
        (shard,) = stream.shards()
        reader = ShardReader(stream, shard.shard_id)
        # The first read may be empty: see `ShardReader.read`.
        return reader.read(1000) or reader.read(1000)


@cache
def make_streams_client(endpoint_url: str) -> Any:
    return boto3.client(
        "dynamodbstreams",
        endpoint_url=endpoint_url,
        region_name=LOCAL_REGION,
        aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


class Gone(Exception):
    """The management API's GoneException."""


class Clients:
    """The management API and the clients behind it: what each received, and who is gone."""

    class exceptions:  # noqa: N801 - the SDK's name
        GoneException = Gone

    def __init__(self) -> None:
        self.received: dict[str, list[dict[str, Any]]] = {}
        self.order: list[str] = []
        self.gone: set[str] = set()
        self.faults: list[Exception | None] = []

    def connect(self) -> str:
        connection_id = f"connection-{len(self.received)}"
        self.received[connection_id] = []
        return connection_id

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        if ConnectionId in self.gone:
            raise Gone
        self.order.append(ConnectionId)
        self.received[ConnectionId].append(json.loads(Data))

    def told(self, connection_id: str, event_id: str) -> list[dict[str, Any]]:
        return [one for one in self.received[connection_id] if one["eventId"] == event_id]


class FaultyTables:
    """A client whose next transactions have the faults that a test sets."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.faults: list[str] = []
        self.calls: list[str] = []

    def call(self, operation: str, request: dict[str, Any]) -> Any:
        self.calls.append(operation)
        fault = self.faults.pop(0) if operation == "TransactWriteItems" and self.faults else "none"
        match fault:
            case "throttled":
                raise Throttled("by the test")
            case "contended":
                events = len(request["TransactItems"]) - 1
                reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * events]
                raise cancelled(reasons)
            case "answer lost":
                self._client.call(operation, request)
                raise OutcomeUnknown("by the test")
            case _:
                return self._client.call(operation, request)


def cancelled(reasons: list[dict[str, Any]]) -> Refused:
    return Refused("TransactionCanceledException", {"CancellationReasons": reasons})


def client_error(code: str, operation: str) -> Any:
    return ClientError({"Error": {"Code": code, "Message": "by the test"}}, operation)


class Design:
    """The functions on their own tables; two reducers, each with a cache, stand for containers."""

    def __init__(self, engine: Memory | DynamoDBLocal) -> None:
        name = uuid.uuid4().hex
        self.engine = engine
        self.events_table, self.orders_table, self.connections_table = (
            f"{name}-{table}" for table in tables()
        )
        for table, definition in tables().items():
            engine.create(definition, f"{name}-{table}")
        self.now = NOON
        self.slept_s: list[float] = []
        self.clients = Clients()
        self.tables: Any = FaultyTables(engine.client)
        self.pool = ThreadPoolExecutor(1)
        sockets = Sockets(self.clients)  # type: ignore[arg-type]  # stands for the SDK's
        self.connections = Connections(engine.client, self.connections_table, lambda: self.now)
        self.ingestion = Ingestion(
            engine.client,
            events_table=self.events_table,
            orders_table=self.orders_table,
            store=ORDERS,
            schemas=SCHEMAS,
            sockets=sockets,
            now=lambda: self.now,
        )
        self.reducers = [self._reducer() for _ in range(2)]
        self.pushing = Pushing(self.connections, sockets, self.pool)
        self.reading = Reading(engine.client, self.orders_table)

    def _reducer(self) -> Reduction:
        return Reduction(
            self.tables,
            events_table=self.events_table,
            orders_table=self.orders_table,
            store=ORDERS,
            cache=HeadCache(),
            effects=Effects(
                now=lambda: self.now,
                monotonic_s=lambda: sum(self.slept_s),
                sleep_s=self.slept_s.append,
                random=lambda: 0.5,
                new_id=lambda: "unused",
            ),
            pool=self.pool,
        )

    def close(self) -> None:
        self.pool.shutdown()
        for table in (self.events_table, self.orders_table, self.connections_table):
            self.engine.drop(table)

    def connect(self, *, connected_at: datetime | None = None) -> str:
        connection_id = self.clients.connect()
        moment = connected_at or self.now - timedelta(minutes=1)
        self.connections.add(connection_id, connected_at_ms=int(moment.timestamp() * 1000))
        return connection_id

    def connected(self) -> list[str]:
        return [connection_id for page in self.connections.pages() for connection_id in page]

    def dispatch(
        self,
        connection_id: str,
        order_id: str,
        *actions: dict[str, Any],
        event_id: str | None = None,
    ) -> str:
        """Send actions; return the id of the last event."""
        for action in actions:
            event_id = event_id if event_id and len(actions) == 1 else str(uuid.uuid4())
            message = {"action": "dispatch", "id": order_id, "eventId": event_id, **action}
            self.ingestion.take(connection_id, json.dumps(message))
        assert event_id is not None
        return event_id

    def get(self, order_id: str) -> dict[str, Any]:
        message = {"action": "get", "id": order_id, "requestId": "r"}
        answer: dict[str, Any] = json.loads(self.reading.answer(json.dumps(message)))
        return answer

    def events_stream(self) -> list[dict[str, Any]]:
        """What the mapping of the reducer passes on, from the beginning."""
        records = self.engine.records(self.events_table)
        return [record for record in records if record["eventName"] == "INSERT"]

    def orders_stream(self) -> list[dict[str, Any]]:
        return self.engine.records(self.orders_table)

    def reduce_all(self) -> list[str]:
        return self.reducers[0].run(self.events_stream())

    def reduce_last(self) -> list[str]:
        return self.reducers[0].run(self.events_stream()[-1:])

    def push_all(self) -> list[str]:
        return self.pushing.run(self.orders_stream())

    def order(self, order_id: str = "so-1") -> Order | None:
        return read_order(self.engine.client, self.orders_table, order_id)

    def event_items(self, order_id: str) -> list[dict[str, Any]]:
        return [one for one in self.engine.items(self.events_table) if one["id"]["S"] == order_id]

    def outcome(self, order_id: str, event_id: str) -> Outcome:
        (item,) = [one for one in self.event_items(order_id) if one["eventId"]["S"] == event_id]
        outcome = items.outcome_record(item)
        assert outcome is not None, "the event is undecided"
        return outcome


@cache
def tables() -> dict[str, TableDefinition]:
    definitions = template.read(STREAMED).tables
    return {name: definitions[name] for name in ("EventsTable", "OrdersTable", "ConnectionsTable")}


def sequence_numbers(records: Sequence[dict[str, Any]]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records]
