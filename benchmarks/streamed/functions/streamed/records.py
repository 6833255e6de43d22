"""Events, what came of them, and the orders they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Event:
    """An action that a client sent.

    Parameters
    ----------
    order_id
        Of which order.
    event_id
        What the client called it; no two events of an order have one.
    action_text
        JSON text of the `roundtrip.redux.Action`.
    connection_id
        Who sent it.
    """

    order_id: str
    event_id: str
    action_text: str
    connection_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an event.

    Parameters
    ----------
    event_id, connection_id
        Of the event.
    version
        Of the order after it: the event's place in the order's history when it was applied.
    problem
        Why it was rejected, as RFC 9457 problem details; ``None`` when it was applied.
    """

    event_id: str
    connection_id: str
    version: int
    problem: dict[str, Any] | None

    @property
    def status(self) -> Literal["applied", "rejected"]:
        """What clients are told."""
        return "applied" if self.problem is None else "rejected"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its applied events made it.

    Parameters
    ----------
    id
        Of the order.
    version
        How many events were applied; 0 when none was.
    state_text
        The state as JSON text; ``None`` when no event was applied.
    outcomes
        Of the events that were decided together last.
    """

    id: str
    version: int = 0
    state_text: str | None = None
    outcomes: tuple[Outcome, ...] = ()
