"""What is measured, each behind one interface.

===============  ==============================================================================
`coupled`        the Lambda handler, called in this process
`floors`         boto3 alone, with the same items: no service can be faster
`http`           the coupled design over HTTP, on this machine or deployed
`streamed`       the streamed design over a WebSocket, on this machine or deployed
`addresses`      the URLs that may be measured
===============  ==============================================================================
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from benchmarks.orders import ORDER, quantity_changed

Operation: TypeAlias = Literal["create", "update", "read"]
OPERATIONS: Final[tuple[Operation, ...]] = ("create", "update", "read")


class UnexpectedAnswer(Exception):
    """A target gave the wrong answer: what was timed was not the operation."""

    def __init__(self, target: str, operation: str, expected: str, received: object) -> None:
        super().__init__(target, operation, expected, received)

    def __str__(self) -> str:
        target, operation, expected, received = self.args
        return f"{target}, {operation}: expected {expected}; received {received!r}."


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent.

    To send it and return the answer is what is timed. To check the answer, which raises
    `UnexpectedAnswer` if it is wrong, is not.
    """

    send: Callable[[], Any]
    check: Callable[[Any], None]


class Target(Protocol):
    """Something that creates, updates and reads orders."""

    @property
    def name(self) -> str:
        """The target in the samples."""

    def prepare(self, operation: Operation, number: int) -> Call:
        """Prepare a request; whatever it needs first is done here, and not timed.

        ``create`` makes a new `benchmarks.orders.ORDER`; ``update`` dispatches the
        `benchmarks.orders.quantity_changed` of a number to an order this target made before;
        ``read`` reads such an order.
        """


@dataclass
class ExpectedOrder:
    """An order of `benchmarks.orders.ORDER` as it should be by now: its first line is updated."""

    id: str = ""
    version: int = 1
    quantity: int = ORDER["lines"][0]["quantity"]

    def update(self, action: Mapping[str, Any]) -> None:
        """Expect the change of `benchmarks.orders.quantity_changed`."""
        self.version += 1
        self.quantity = action["payload"]["quantity"]

    def check(self, target: str, operation: Operation, answer: Any) -> None:
        """Raise `UnexpectedAnswer` if the answer of a target has another order.

        It has a ``version``, and a ``state`` or, on the CRUD face, the state's fields.
        """
        match answer.get("state", answer):
            case {"status": "draft", "lines": [{"quantity": self.quantity}, *_]} if (
                answer.get("version") == self.version
            ):
                return
        raise UnexpectedAnswer(
            target,
            operation,
            expected=f"a draft at version {self.version}, quantity {self.quantity} in line one",
            received=answer,
        )


class Remote(Protocol):
    """A target with a connection that stays open; it updates and reads the order it made last."""

    newest: ExpectedOrder | None

    def prepare(self, operation: Operation, number: int) -> Call:
        """Prepare a request and, if needed, connect; see `Target`."""
        if operation == "create":
            return self.create()
        if self.newest is None:
            call = self.create()
            call.check(call.send())
            return self.prepare(operation, number)
        if operation == "update":
            return self.update(self.newest, quantity_changed(number))
        return self.read(self.newest)

    def create(self) -> Call:
        """Prepare a creation, the check of which sets `newest`."""
        ...

    def update(self, order: ExpectedOrder, action: Mapping[str, Any]) -> Call:
        """Prepare an update of an order."""
        ...

    def read(self, order: ExpectedOrder) -> Call:
        """Prepare a read of an order."""
        ...
