"""What is measured, each behind one interface.

===========================  ==================================================================
`coupled`                    the Lambda handler, called in this process
`http`                       the coupled design over HTTP, on this machine or deployed
`streamed`                   the streamed design over a WebSocket, on this machine or deployed
`floors`                     boto3 alone, with the same items: what no service can be faster than
`handshake`, `addresses`     who asks over a WebSocket; which addresses may be measured
`expected`                   what an order should be: the check of every answer
===========================  ==================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Operation: TypeAlias = Literal["create", "update", "read"]
OPERATIONS: Final[tuple[Operation, ...]] = ("create", "update", "read")


class UnexpectedAnswer(Exception):
    """A target answered something else than it should: what was timed was not the operation.

    Parameters
    ----------
    target, operation
        Who was asked for what.
    expected
        What should have come.
    received
        What came.
    """

    def __init__(self, target: str, operation: str, *, expected: str, received: object) -> None:
        super().__init__(f"{target}, {operation}: expected {expected}; received {received!r}.")
        self.target = target
        self.operation = operation
        self.expected = expected
        self.received = received


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent.

    Parameters
    ----------
    send
        Sends it and returns the answer as soon as it is there: this is what is timed.
    check
        Raises `UnexpectedAnswer` unless the answer is the right one; not timed.
    """

    send: Callable[[], Any]
    check: Callable[[Any], None]


class Target(Protocol):
    """Something that creates, updates and reads orders."""

    @property
    def name(self) -> str:
        """What samples call it."""

    def prepare(self, operation: Operation, number: int) -> Call:
        """Make a request ready; whatever it needs first is done here, and not timed.

        Parameters
        ----------
        operation
            ``create`` makes a new order of `benchmarks.orders.ORDER`; ``update`` dispatches
            `benchmarks.orders.quantity_changed` to an order this target made before; ``read``
            reads such an order.
        number
            Another one for each call: varies the update.
        """
