"""What a store accepts and refuses, as found by `exploring`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.contract import Action, Store


class NotAsked(Exception):
    """A store offers nothing to test a case with; the message says what is missing."""


class Refusal(NamedTuple):
    """An action that the rule with a code refuses after other actions of a new stream."""

    after: list[Action]
    action: Action
    code: str


class Ending(NamedTuple):
    """An action that ends an open stream, and the actions that it needs before."""

    before: list[Action]
    action: Action


@dataclass(kw_only=True)
class Known:
    """What a store accepts and refuses; its properties raise `NotAsked` if nothing was found."""

    store: Store
    # Actions that create an entity, each with another payload; the first opens a stream.
    whole: list[Action] = field(default_factory=list)
    opened_by: Action | None = None
    # Actions that apply after the opening in this order, each as the log has it.
    changed_by: list[Action] = field(default_factory=list)
    # Whether these have one type, so that their order hardly matters.
    repeatable: bool = False
    # A body for a PATCH of the first of `whole`; may a PUT of the last one follow?
    part: dict[str, Any] | None = None
    replaceable: bool = False
    refusals: list[Refusal] = field(default_factory=list)
    ending: Ending | None = None
    # By action type: why it was not applied, and the bugs of the application that it showed.
    complaints: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def opening(self) -> Action:
        """The action that opens a stream."""
        if not self.store.payloads:
            raise NotAsked(f"{self.store.name} has no action")
        if self.opened_by is None:
            raise NotAsked(f"no action that was tried opens a stream of {self.store.name}")
        return self.opened_by

    def first(self, changes: int) -> list[Action]:
        """Return the action that opens a stream and a number of changes."""
        opening, found = self.opening, self.changed_by
        if len(found) < changes:
            needed = f"it needs {changes} changes of a stream of {self.store.name}"
            raise NotAsked(f"{needed}; {len(found)} were found")
        return [opening, *found[:changes]]

    @property
    def refusal(self) -> Refusal:
        """The refusal that needs the fewest actions, on an existing stream if possible."""
        by_need = sorted(self.refusals, key=lambda one: (not one.after, len(one.after)))
        if not by_need:
            raise NotAsked(f"no rule of {self.store.name} refuses an action that was tried")
        return by_need[0]

    def refusal_of(self, kind: str, payload: object = None) -> Refusal | None:
        """Return the refusal of an action type, and payload, on an existing stream."""
        found = [
            one
            for one in self.refusals
            if one.after and one.action["type"] == kind
            if payload in (None, one.action.get("payload"))
        ]
        return min(found, key=lambda one: len(one.after), default=None)

    @property
    def entity(self) -> dict[str, Any]:
        """The fields of an entity that can be created."""
        if not self.whole:
            raise NotAsked("no payload that was tried creates an entity")
        fields: dict[str, Any] = self.whole[0]["payload"]
        return fields

    @property
    def end(self) -> Ending:
        """The actions that end a stream."""
        if self.ending is None:
            raise NotAsked(f"no action that was tried ends a stream of {self.store.name}")
        return self.ending

    @property
    def why(self) -> str:
        """Why actions were not applied, and what to do about it; empty if the store has none."""
        told = [f"{kind}: {detail}" for kind, detail in self.complaints.items()]
        hint = ["The examples of a payload's model are tried first"] if self.store.payloads else []
        return " ".join(told + hint)
