"""Actions and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Action:
    """A Flux Standard Action, https://github.com/redux-utilities/flux-standard-action.

    Parameters
    ----------
    type
        ``slice/pastTenseVerb``.
    payload
        Any JSON value; ``None`` if there is none.
    meta
        Any JSON value that is not part of the payload; ``None`` if there is none.
    error
        Whether the action represents a failure.
    actor
        Who dispatched it; ``None`` on an open API. Set by the service, never by a client.
    recorded_at
        Time of its commit: UTC, RFC 3339 with milliseconds. Set by the service. Rules and reducers
        find the same ``actor`` and ``recorded_at`` when the action is dispatched and when it is
        replayed.

    Examples
    --------
    >>> Action("lamp/switched", {"on": True}).to_json()
    {'type': 'lamp/switched', 'payload': {'on': True}}
    >>> Action.from_json({"type": "lamp/broken", "error": True})
    Action(type='lamp/broken', payload=None, meta=None, error=True)
    """

    type: str
    payload: Any = None
    meta: Any = None
    error: bool = False
    actor: str | None = field(default=None, repr=False, compare=False)
    recorded_at: str | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return what a client sends as a JSON object, without empty members."""
        document: dict[str, Any] = {"type": self.type}
        if self.payload is not None:
            document["payload"] = self.payload
        if self.meta is not None:
            document["meta"] = self.meta
        if self.error:
            document["error"] = True
        return document

    @classmethod
    def from_json(
        cls, document: dict[str, Any], *, actor: str | None = None, recorded_at: str | None = None
    ) -> Action:
        """Read an object that `to_json` returned."""
        return cls(**document, actor=actor, recorded_at=recorded_at)


class Event(NamedTuple):
    """An action once it is committed.

    Parameters
    ----------
    action
        The dispatched action.
    version
        1-based position in the stream.
    recorded_at
        Time of the commit: UTC, RFC 3339 with milliseconds.
    actor
        Who dispatched it; ``None`` on an open API.
    """

    action: Action
    version: int
    recorded_at: str
    actor: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the event as a JSON object, as the history shows it."""
        return {
            **self.action.to_json(),
            "version": self.version,
            "recordedAt": self.recorded_at,
            "actor": self.actor,
        }
