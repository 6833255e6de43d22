"""The order that a target works on, and how it should be by now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.orders import ORDER
from benchmarks.targets import UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.targets import Operation

_CREATED_QUANTITY: Final[int] = ORDER["lines"][0]["quantity"]


@dataclass
class ExpectedOrder:
    """An order of `benchmarks.orders.ORDER`, as what was done to it should have made it.

    Parameters
    ----------
    id
        Its id.
    version
        Its version.
    quantity
        Of its first line, which is the one that updates change.
    """

    id: str
    version: int = 1
    quantity: int = _CREATED_QUANTITY

    def update(self, action: Mapping[str, Any]) -> None:
        """Expect the change of `benchmarks.orders.quantity_changed`."""
        self.version += 1
        self.quantity = action["payload"]["quantity"]

    def check(self, target: str, operation: Operation, answer: Mapping[str, Any]) -> None:
        """Compare with what a target says.

        Parameters
        ----------
        target, operation
            Who said it when asked for what.
        answer
            Has the order's ``version``, and its ``state`` or, on the CRUD face, the state's fields.

        Raises
        ------
        UnexpectedAnswer
            When it is another.
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
