"""Events, their outcomes, and the orders that they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Event:
    """An action that a client sent."""

    order_id: str
    event_id: str
    """Made by the client; unique in its order."""
    action_text: str
    """JSON text of a `roundtrip.redux.Action`."""
    connection_id: str
    """Connection of the sender."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an event."""

    event_id: str
    connection_id: str
    version: int
    """The order's version after the event; for an applied event, its place in the history."""
    problem: dict[str, Any] | None
    """RFC 9457 problem details of a rejection; ``None`` if the event was applied."""

    @property
    def status(self) -> Literal["applied", "rejected"]:
        """The status that clients receive."""
        return "applied" if self.problem is None else "rejected"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its applied events made it."""

    id: str
    version: int = 0
    """Number of applied events."""
    state_text: str | None = None
    """The state as JSON text; ``None`` if no event was applied."""
    outcomes: tuple[Outcome, ...] = ()
    """Outcomes of the events that were decided together last."""
