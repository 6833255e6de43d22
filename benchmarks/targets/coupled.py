"""The coupled service: the handler that Lambda would call, called in this process.

Only the call of the handler is timed, with its logs and metrics as deployed. The event, which API
Gateway and the runtime make, is prepared before.
"""

import uuid
from http import HTTPStatus
from typing import Any

from benchmarks.containers import Answer, Container
from benchmarks.orders import CREATED, ORDER, quantity_changed
from benchmarks.targets import Call, ExpectedOrder, Operation, UnexpectedAnswer

COLLECTION = "/sales-orders"
STORE = "/stores/salesOrders"


class Coupled:
    """A container, warm by default: the head of the stream is in its cache.

    A creation is ``POST /sales-orders`` without an id, which needs no read. A read always asks
    DynamoDB, because reads are consistent. If keyed, every write has an Idempotency-Key.

    With another container that makes the orders, the measured one has never seen the stream and
    reads the head before it writes; a creation is a dispatch to an id that the client chose, which
    the service looks up first.
    """

    def __init__(
        self, container: Container, *, keyed: bool = False, maker: Container | None = None
    ) -> None:
        warm = "coupled-with-key" if keyed else "coupled-warm"
        self.name = "coupled-cold-cache" if maker else warm
        self._container = container
        self._keyed = keyed
        self._maker = maker

    def prepare(self, operation: Operation, number: int) -> Call:
        """Prepare a request; an order to update or to read is made first."""
        if operation == "create":
            if self._maker:
                path = f"{STORE}/{uuid.uuid4()}/actions"
                return self._call("create", ExpectedOrder(), "POST", path, CREATED)
            return self._call("create", ExpectedOrder(), "POST", COLLECTION, ORDER)
        order = ExpectedOrder(create(self._maker or self._container))
        path = f"{STORE}/{order.id}"
        if operation == "read":
            return self._call("read", order, "GET", path)
        action = quantity_changed(number)
        order.update(action)
        return self._call("update", order, "POST", f"{path}/actions", action)

    def _call(
        self,
        operation: Operation,
        order: ExpectedOrder,
        method: str,
        path: str,
        document: Any = None,
    ) -> Call:
        headers = {"idempotency-key": str(uuid.uuid4())} if self._keyed and document else None
        status = HTTPStatus.CREATED if operation == "create" else HTTPStatus.OK

        def check(answer: Answer) -> None:
            if answer.status != status:
                expected = f"status {status}"
                raise UnexpectedAnswer(self.name, operation, expected=expected, received=answer)
            order.check(self.name, operation, answer.json)

        invocation = self._container.invocation(method, path, document, headers)
        return self._container.call("salesOrders", invocation, check)


def create(container: Container) -> str:
    """Make an order, and return its id."""
    answer = container.send("POST", COLLECTION, ORDER)
    if answer.status != HTTPStatus.CREATED:
        raise UnexpectedAnswer("coupled", "create", expected="status 201", received=answer)
    order_id: str = answer.json["id"]
    return order_id
