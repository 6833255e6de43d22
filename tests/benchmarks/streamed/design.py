"""The streamed design without AWS: its functions on moto's tables and streams, and open sockets."""

from __future__ import annotations

import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError, ReadTimeoutError

from benchmarks import checkout
from benchmarks.orders import ORDER
from roundtrip.api.schemas import Schemas
from roundtrip.engine.cache import HeadCache
from roundtrip.engine.effects import Effects
from roundtrip_devtools.template import Template
from streamed import items
from streamed.connections import Connections
from streamed.ingestion import Ingestion
from streamed.orders import ORDERS
from streamed.pushing import Pushing
from streamed.reading import Reading
from streamed.reduction import Reduction
from streamed.sockets import Sockets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamed.records import Order, Outcome

STREAMED = checkout.TEMPLATE.parent / "benchmarks" / "streamed"
TEMPLATE = STREAMED / "template.yaml"
REGION = "eu-central-1"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CREATED = {"type": "salesOrders/created", "payload": ORDER}
CONFIRMED = {"type": "salesOrders/confirmed"}
CANCELLED = {"type": "salesOrders/cancelled"}
DELETED = {"type": "salesOrders/deleted"}

# What an engine's CreateTable takes; the rest is about safety in a deployment.
_PARTS = ("AttributeDefinitions", "KeySchema", "BillingMode", "StreamSpecification")


class Gone(Exception):
    """The management API's GoneException."""


class Clients:
    """The management API, and the clients behind it: what each received, and who is there."""

    def __init__(self) -> None:
        self.received: dict[str, list[dict[str, Any]]] = {}
        self.gone: set[str] = set()
        self.faults: list[Exception | None] = []

    class exceptions:  # noqa: N801 - the SDK's name
        GoneException = Gone

    def connect(self) -> str:
        connection_id = f"connection-{len(self.received)}"
        self.received[connection_id] = []
        return connection_id

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        if ConnectionId in self.gone:
            raise Gone
        self.received[ConnectionId].append(json.loads(Data))

    def told(self, connection_id: str, event_id: str) -> list[dict[str, Any]]:
        return [one for one in self.received[connection_id] if one["eventId"] == event_id]


class FaultyTables:
    """DynamoDB's client, whose next transactions meet what a test put in line for them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.faults: list[str] = []
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_item(self, **request: Any) -> Any:
        self.calls.append("get")
        return self._client.get_item(**request)

    def transact_write_items(self, **request: Any) -> Any:
        self.calls.append("transact")
        match self.faults.pop(0) if self.faults else "none":
            case "throttled":
                raise client_error("ThrottlingException", "TransactWriteItems")
            case "contended":
                error = client_error("TransactionCanceledException", "TransactWriteItems")
                events = len(request["TransactItems"]) - 1
                error.response["CancellationReasons"] = [
                    {"Code": "TransactionConflict"},
                    *[{"Code": "None"}] * events,
                ]
                raise error
            case "answer lost":
                self._client.transact_write_items(**request)
                raise ReadTimeoutError(endpoint_url="https://dynamodb")
            case _:
                return self._client.transact_write_items(**request)


def client_error(code: str, operation: str) -> Any:
    return ClientError({"Error": {"Code": code, "Message": "by the test"}}, operation)


class Design:
    """The functions on tables of their own.

    Two reducers with a cache each stand for two containers.
    """

    def __init__(self, client: Any, streams: Any) -> None:
        name = uuid.uuid4().hex
        self.client = client
        self._streams = streams
        self.events_table = _create(client, "EventsTable", f"{name}-salesOrder_events")
        self.orders_table = _create(client, "OrdersTable", f"{name}-salesOrder")
        self.connections_table = _create(client, "ConnectionsTable", f"{name}-connections")
        self.now = NOON
        self.slept_s: list[float] = []
        self.clients = Clients()
        sockets = Sockets(self.clients)  # type: ignore[arg-type]  # stands for the SDK's
        self.connections = Connections(client, self.connections_table, lambda: self.now)
        self.ingestion = Ingestion(
            client,
            events_table=self.events_table,
            orders_table=self.orders_table,
            store=ORDERS,
            schemas=Schemas([ORDERS]),
            sockets=sockets,
            now=lambda: self.now,
        )
        self.tables = FaultyTables(client)
        self.pool = ThreadPoolExecutor(1)
        self.reducers = [self._reducer() for _ in range(2)]
        self.pushing = Pushing(self.connections, sockets, self.pool)
        self.reading = Reading(client, self.orders_table)

    def _reducer(self) -> Reduction:
        return Reduction(
            self.tables,  # type: ignore[arg-type]  # stands for the SDK's
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
            self.client.delete_table(TableName=table)

    def connect(self, *, connected_at: datetime | None = None) -> str:
        connection_id = self.clients.connect()
        moment = connected_at or self.now - timedelta(minutes=1)
        self.connections.add(connection_id, connected_at_ms=int(moment.timestamp() * 1000))
        return connection_id

    def dispatch(
        self,
        connection_id: str,
        order_id: str,
        action: dict[str, Any],
        event_id: str | None = None,
    ) -> str:
        event_id = event_id or str(uuid.uuid4())
        message = {"action": "dispatch", "id": order_id, "eventId": event_id, **action}
        self.ingestion.take(connection_id, json.dumps(message))
        return event_id

    def get(self, order_id: str) -> dict[str, Any]:
        message = {"action": "get", "id": order_id, "requestId": "r"}
        answer: dict[str, Any] = json.loads(self.reading.answer(json.dumps(message)))
        return answer

    def events_stream(self) -> list[dict[str, Any]]:
        """What the mapping of the reducer would pass on, from the beginning."""
        return [one for one in self._records(self.events_table) if one["eventName"] == "INSERT"]

    def orders_stream(self) -> list[dict[str, Any]]:
        return self._records(self.orders_table)

    def reduce_all(self) -> list[str]:
        return self.reducers[0].run(self.events_stream())

    def push_all(self) -> list[str]:
        return self.pushing.run(self.orders_stream())

    def order(self, order_id: str) -> Order | None:
        found = self.client.get_item(
            TableName=self.orders_table, Key=items.order_key(order_id), ConsistentRead=True
        )
        return items.order_record(found["Item"]) if "Item" in found else None

    def event_items(self, order_id: str) -> list[dict[str, Any]]:
        found = self.client.query(
            TableName=self.events_table,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": order_id}},
        )
        listed: list[dict[str, Any]] = found["Items"]
        return listed

    def outcome(self, order_id: str, event_id: str) -> Outcome | None:
        (item,) = [one for one in self.event_items(order_id) if one["eventId"]["S"] == event_id]
        return items.outcome_record(item)

    def _records(self, table: str) -> list[dict[str, Any]]:
        arn = self.client.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        (shard,) = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found = self._streams.get_records(ShardIterator=iterator, Limit=1000)["Records"]
        return [_as_lambda_passes_it_on(record, arn) for record in found]


def make_clients() -> tuple[Any, Any]:
    return (
        boto3.client("dynamodb", region_name=REGION),
        boto3.client("dynamodbstreams", region_name=REGION),
    )


def sequence_numbers(records: Sequence[dict[str, Any]]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records]


def _create(client: Any, logical_id: str, name: str) -> str:
    client.create_table(TableName=name, **_definitions()[logical_id])
    return name


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    template = Template(TEMPLATE)
    definitions: dict[str, dict[str, Any]] = {}
    for logical_id in ("EventsTable", "OrdersTable", "ConnectionsTable"):
        properties = template.table_properties(logical_id)
        found = {part: template.plain(properties[part]) for part in _PARTS if part in properties}
        if "StreamSpecification" in found:
            # CloudFormation knows no such property: naming a view is what enables a stream there.
            found["StreamSpecification"]["StreamEnabled"] = True
        definitions[logical_id] = found
    return definitions


def _as_lambda_passes_it_on(record: dict[str, Any], arn: str) -> dict[str, Any]:
    """The shape of https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
    change.pop("OldImage", None)
    for part in ("Keys", "NewImage"):
        if part in change:
            change[part] = {name: _plain(value) for name, value in change[part].items()}
    passed_on = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change,
        "eventSourceARN": arn,
    }
    read_again: dict[str, Any] = json.loads(json.dumps(passed_on))
    return read_again


def _plain(attribute: dict[str, Any]) -> dict[str, Any]:
    if "B" in attribute:
        return {"B": base64.b64encode(bytes(attribute["B"])).decode()}
    return attribute
