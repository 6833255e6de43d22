"""The coupled service: the handler that Lambda would call, called in this process.

What is timed is the call of the handler: its logs and metrics are written, as deployed. API
Gateway's and the runtime's part, the event and its JSON, is made before.
"""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from benchmarks.containers import read
from benchmarks.orders import CREATED, ORDER, quantity_changed
from benchmarks.targets import Call, UnexpectedAnswer
from benchmarks.targets.expected import ExpectedOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.containers import Container, Invocation
    from benchmarks.targets import Operation

COLLECTION = "/sales-orders"
STORE = "/stores/salesOrders"


class _Coupled:
    def __init__(self, name: str, container: Container) -> None:
        self.name = name
        self._container = container

    def _creation(self, invocation: Invocation) -> Call:
        def check(result: Any) -> None:
            body = self._body("create", HTTPStatus.CREATED, result)
            ExpectedOrder(body["id"]).check(self.name, "create", body)

        self._container.settle("salesOrders")
        return Call(lambda: self._container.invoke(invocation), check)

    def _update(self, order_id: str, number: int, headers: Mapping[str, str]) -> Call:
        action = quantity_changed(number)
        order = ExpectedOrder(order_id)
        order.update(action)
        path = f"{STORE}/{order_id}/actions"
        return self._call(
            "update", self._container.invocation("POST", path, action, headers), order
        )

    def _read(self, order_id: str) -> Call:
        invocation = self._container.invocation("GET", f"{STORE}/{order_id}")
        return self._call("read", invocation, ExpectedOrder(order_id))

    def _call(self, operation: Operation, invocation: Invocation, order: ExpectedOrder) -> Call:
        def check(result: Any) -> None:
            order.check(self.name, operation, self._body(operation, HTTPStatus.OK, result))

        self._container.settle("salesOrders")
        return Call(lambda: self._container.invoke(invocation), check)

    def _body(self, operation: Operation, status: HTTPStatus, result: Any) -> Any:
        answer = read(result)
        if answer.status != status:
            expected = f"status {status}"
            raise UnexpectedAnswer(self.name, operation, expected=expected, received=answer)
        return answer.json


class Warm(_Coupled):
    """A container that has the head of the stream in its cache.

    A creation is ``POST /sales-orders`` without an id, which needs no read. A read asks DynamoDB in
    any case, because reads are consistent.

    Parameters
    ----------
    container
        The one that serves everything.
    keyed
        Whether every write carries an Idempotency-Key.
    """

    def __init__(self, container: Container, *, keyed: bool = False) -> None:
        super().__init__("coupled-with-key" if keyed else "coupled-warm", container)
        self._keyed = keyed

    def prepare(self, operation: Operation, number: int) -> Call:
        """Make a request ready; an order to update or to read is made first."""
        headers = {"idempotency-key": str(uuid.uuid4())} if self._keyed else {}
        if operation == "create":
            return self._creation(self._container.invocation("POST", COLLECTION, ORDER, headers))
        order_id = create(self._container)
        if operation == "update":
            return self._update(order_id, number, headers)
        return self._read(order_id)


class ColdCache(_Coupled):
    """A container that has never seen the stream: it reads the head before it writes.

    Another container made the order. A creation is a dispatch to an id that the client chose, which
    the service looks up first.

    Parameters
    ----------
    container
        The one that is measured.
    maker
        The one that makes the orders.
    """

    def __init__(self, container: Container, maker: Container) -> None:
        super().__init__("coupled-cold-cache", container)
        self._maker = maker

    def prepare(self, operation: Operation, number: int) -> Call:
        """Make a request ready; an order to update or to read is made elsewhere first."""
        if operation == "create":
            path = f"{STORE}/{uuid.uuid4()}/actions"
            return self._creation(self._container.invocation("POST", path, CREATED))
        order_id = create(self._maker)
        if operation == "update":
            return self._update(order_id, number, {})
        return self._read(order_id)


def create(container: Container) -> str:
    """Make an order, and give its id.

    Raises
    ------
    UnexpectedAnswer
        When it was not made.
    """
    answer = container.send("POST", COLLECTION, ORDER)
    if answer.status != HTTPStatus.CREATED:
        raise UnexpectedAnswer("coupled", "create", expected="status 201", received=answer)
    order_id: str = answer.json["id"]
    return order_id
