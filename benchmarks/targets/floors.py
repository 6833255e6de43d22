"""The floors: boto3 alone, doing what DynamoDB must do anyway, with the service's very items.

They are the hardest there are. Each request is built before the clock starts, with all the
conditions of the service's own; the answer is not looked at. The client is not boto3's default one
but one set up as the service's, which skips the check of parameters and so is faster; the default
client would flatter the service.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from benchmarks.appends import Appends, public
from benchmarks.containers import NOBODY
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.targets import Call, UnexpectedAnswer
from roundtrip.storage import items, requests

if TYPE_CHECKING:
    from benchmarks.engines import Engine
    from benchmarks.targets import Operation

Kind: TypeAlias = Literal["transact", "get-transact", "get"]


class Floor:
    """A bare boto3 client.

    Parameters
    ----------
    engine
        Its DynamoDB.
    table
        Its table there.
    kind
        ``transact``: one TransactWriteItems, under a warm dispatch. ``get-transact``: a consistent
        GetItem of the head before it, under one with a cold cache. ``get``: that GetItem alone,
        under a read.
    """

    def __init__(self, engine: Engine, table: str, kind: Kind) -> None:
        self._client = engine.client()
        self._table = table
        self._kind = kind
        self._appends = Appends(engine.client(), table)

    @property
    def name(self) -> str:
        """What samples call it."""
        return f"floor-{self._kind}"

    def prepare(self, operation: Operation, number: int) -> Call:
        """Build the requests; an order to update or to read is made first.

        Raises
        ------
        ValueError
            When this floor lies under no such operation.
        """
        if (self._kind == "get") != (operation == "read"):
            raise ValueError(f"{self.name}: expected an operation it lies under, not {operation}.")
        stream = public("salesOrders", str(uuid.uuid4()))
        get: Any = requests.get_item(self._table, stream, items.HEAD_SK)
        if operation == "create":
            document = CREATED
        else:
            document = quantity_changed(number)
            self._write(self._appends.request(stream, CREATED))
        if operation == "read":
            self._settle()
            return Call(
                send=lambda: self._client.get_item(**get),
                check=lambda answer: self._check_found(operation, answer, there=True),
            )
        transaction: Any = self._appends.request(stream, document)
        self._settle()
        if self._kind == "transact":
            return Call(
                send=lambda: self._write(transaction),
                check=lambda answer: self._check_written(operation, answer),
            )

        def send() -> Any:
            found = self._client.get_item(**get)
            return found, self._write(transaction)

        def check(answers: Any) -> None:
            found, written = answers
            self._check_found(operation, found, there=operation != "create")
            self._check_written(operation, written)

        return Call(send, check)

    def _settle(self) -> None:
        """Read what is not there; see `benchmarks.containers.NOBODY`."""
        nobody = public("salesOrders", NOBODY)
        self._client.get_item(**requests.get_item(self._table, nobody, items.HEAD_SK))

    def _write(self, transaction: Any) -> Any:
        return self._client.transact_write_items(**transaction)

    def _check_found(self, operation: Operation, answer: Any, *, there: bool) -> None:
        if ("Item" in answer) != there:
            expected = "an item" if there else "no item"
            raise UnexpectedAnswer(self.name, operation, expected=expected, received=answer)

    def _check_written(self, operation: Operation, answer: Any) -> None:
        if answer["ResponseMetadata"]["HTTPStatusCode"] != 200:  # noqa: PLR2004  HTTP's own
            raise UnexpectedAnswer(self.name, operation, expected="status 200", received=answer)


def exercise(engine: Engine, transactions: int) -> None:
    """Keep an engine busy before anything is timed.

    An engine in Java compiles what it runs often, so that a floor falls during its first thousands
    of requests, and with it what lies on it.

    Parameters
    ----------
    engine
        Which.
    transactions
        How many, each after a read.
    """
    floor = Floor(engine, engine.table(), "get-transact")
    for number in range(transactions):
        call = floor.prepare("create", number)
        call.check(call.send())
