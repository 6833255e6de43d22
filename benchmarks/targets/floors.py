"""The floors: a client alone, doing what DynamoDB must do anyway, with exactly the service's items.

There are two. boto3 is what most services use; it skips the check of parameters here and so is
faster than its default, with which the service would look better than it is. No dispatch can be
faster than the service's own client. Each request is built before the clock starts, with all the
conditions of the service's own; the answer is not looked at.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Literal, TypeAlias

from mypy_boto3_dynamodb import DynamoDBClient

from benchmarks.containers import NOBODY
from benchmarks.engines import Engine
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.targets import Call, Operation, UnexpectedAnswer
from roundtrip.api.identity import PUBLIC
from roundtrip.api.validation import ActionValidator
from roundtrip.engine import engine as service
from roundtrip.engine.messages import Dispatch
from roundtrip.redux import Store, by_name
from roundtrip.storage.dynamodb import items, requests
from roundtrip.storage.dynamodb.adapter import DynamoDBStorage
from roundtrip.storage.dynamodb.client import Client
from roundtrip.storage.records import Append, Appended, Committed, Stream
from streamed.composition import effects
from streamed.orders import STORES

Kind: TypeAlias = Literal["transact", "get-transact", "get"]
FLOORS: Final[dict[Kind, Sequence[Operation]]] = {
    "transact": ("create", "update"),
    "get-transact": ("create", "update"),
    "get": ("read",),
}
"""The operations that each kind of floor is under."""
_PATIENCE_S = 60.0


class _Withholding(DynamoDBStorage):
    """Keeps an append instead of writing it."""

    withheld: Append

    def append(self, append: Append) -> Appended:
        self.withheld = append
        return Committed()


class Appends:
    """Builds the transactions of the service; the client reads the heads to reduce on."""

    def __init__(self, client: Client, table: str, stores: Sequence[Store] = STORES) -> None:
        self._table = table
        self._stores = by_name(stores)
        self._schemas = ActionValidator(stores)
        self._storage = _Withholding(client, table)

    def append(self, stream: Stream, document: Any) -> Append:
        """Build what a dispatch of an action, or an array of them, would append to a stream now."""
        # A new engine each time: a cache would hold what was never written.
        dispatching = service.Engine(self._stores.values(), self._storage, effects())
        actions = self._schemas.actions(self._stores[stream.store], document)
        deadline_s = time.monotonic() + _PATIENCE_S
        dispatch = Dispatch(stream=stream, actions=actions, deadline_s=deadline_s)
        dispatching.dispatcher.dispatch(dispatch)
        return self._storage.withheld

    def request(self, stream: Stream, document: Any) -> dict[str, Any]:
        """Build the TransactWriteItems request of a dispatch; see `append`."""
        return requests.transact_append(self._table, self.append(stream, document))


def public(store: str, stream_id: str) -> Stream:
    """Return the stream of an id where the API is open."""
    return Stream(PUBLIC, store, stream_id)


class Bare:
    """A bare client, boto3's or the service's own, and a reader for what is not timed."""

    def __init__(
        self, engine: Engine, table: str, stores: Sequence[Store] = STORES, *, own: bool = False
    ) -> None:
        self.client = engine.own_client() if own else engine.client()
        self.reader = engine.client()
        self.table = table
        self._appends = Appends(engine.own_client(), table, stores)

    def write(self, stream: Stream, document: Any) -> None:
        """Dispatch an action, or an array of them, outside any measurement."""
        request: Any = self._appends.request(stream, document)
        self.reader.transact_write_items(**request)

    def call(
        self,
        name: str,
        operation: Operation,
        stream: Stream,
        *,
        document: Any = None,
        there: bool | None = None,
    ) -> Call:
        """Build the requests, and read a stream that does not exist; see `NOBODY`.

        If ``there`` is not ``None``, a consistent GetItem of the head is sent first, which must, or
        must not, find it. A document is dispatched as a TransactWriteItems.
        """
        get: Any = requests.get_item(self.table, stream, items.HEAD_SK)
        transaction: Any = document and self._appends.request(stream, document)
        read, write = _methods(self.client)
        read(requests.get_item(self.table, public(stream.store, NOBODY), items.HEAD_SK))

        def send() -> Any:
            found = None if there is None else read(get)
            # A refused write raises an error.
            return found, transaction and write(transaction)

        def check(answers: Any) -> None:
            found, _ = answers
            if found is not None and ("Item" in found) != there:
                expected = "an item" if there else "no item"
                raise UnexpectedAnswer(name, operation, expected=expected, received=found)

        return Call(send, check)


def _methods(client: Client | DynamoDBClient) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return what sends a GetItem, and what sends a TransactWriteItems."""
    if isinstance(client, Client):
        return partial(client.call, "GetItem"), partial(client.call, "TransactWriteItems")
    return (
        lambda request: client.get_item(**request),
        lambda request: client.transact_write_items(**request),
    )


class Floor:
    """A floor under operations of the service.

    ``transact`` is one TransactWriteItems, under a warm dispatch; ``get-transact`` a consistent
    GetItem of the head before it, under one with a cold cache; ``get`` that GetItem alone, under a
    read. The client is boto3's, or the service's own.
    """

    def __init__(self, engine: Engine, table: str, kind: Kind, *, own: bool = False) -> None:
        self.name = f"floor-own-{kind}" if own else f"floor-{kind}"
        self.bare = Bare(engine, table, own=own)
        self._kind = kind

    def prepare(self, operation: Operation, number: int) -> Call:
        """Build the requests; an order to update or to read is made first."""
        if operation not in FLOORS[self._kind]:
            raise ValueError(f"{self.name}: expected an operation above it, not {operation}.")
        stream = public("salesOrders", str(uuid.uuid4()))
        there = operation != "create"
        if there:
            self.bare.write(stream, CREATED)
        writes = {"create": CREATED, "update": quantity_changed(number), "read": None}
        return self.bare.call(
            self.name,
            operation,
            stream,
            document=writes[operation],
            there=None if self._kind == "transact" else there,
        )


def exercise(engine: Engine, transactions: int) -> None:
    """Keep an engine busy with transactions, each after a read, before anything is timed.

    An engine in Java compiles what it runs often, so that a floor falls during its first thousands
    of requests, and with it what is built on it.
    """
    floor = Floor(engine, engine.table(), "get-transact")
    for number in range(transactions):
        call = floor.prepare("create", number)
        call.check(call.send())
