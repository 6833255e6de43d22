"""What is known of a store once it was tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.contract import Action, Store


class NotAsked(Exception):
    """A case cannot be asked of a store; the message says what the store lacks for it."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An action that a rule refuses.

    Parameters
    ----------
    after : list
        What has to be applied to a new stream before; may be nothing.
    action : dict
        The action.
    code : str
        The rule's.
    """

    after: list[Action]
    action: Action
    code: str


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a stream that was just opened comes to its end.

    Parameters
    ----------
    before : list
        What has to be applied first; as a rule nothing.
    action : dict
        What ends it.
    """

    before: list[Action]
    action: Action


@dataclass(kw_only=True)
class Known:
    """What is known of a store.

    Parameters
    ----------
    store : Store
        The store.
    whole : list
        Actions that create an entity, each with another payload: the first opens a stream.
    opened_by : dict, optional
        What opens a stream.
    changed_by : list
        What can be applied after it, in this order; each as the log has it.
    repeatable : bool
        Whether these are of one type, so that their order does not matter much.
    part : dict, optional
        A body that a PATCH of the first of `whole` takes.
    replaceable : bool
        Whether a PUT may follow that PATCH, with the second of `whole`.
    refusals : list
        What rules refuse.
    ending : Ending, optional
        How a stream ends.
    complaints : dict
        By type: why an action was not applied.
    faults : dict
        By type: what an action did that is a bug of the application, as a sentence.
    """

    store: Store
    whole: list[Action] = field(default_factory=list)
    opened_by: Action | None = None
    changed_by: list[Action] = field(default_factory=list)
    repeatable: bool = False
    part: dict[str, Any] | None = None
    replaceable: bool = False
    refusals: list[Refusal] = field(default_factory=list)
    ending: Ending | None = None
    complaints: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def opening(self) -> Action:
        """What opens a stream.

        Raises
        ------
        NotAsked
            Nothing does.
        """
        if not self.store.payloads:
            raise NotAsked(f"{self.store.name} has no action")
        if self.opened_by is None:
            raise NotAsked(f"nothing that was tried opens a stream of {self.store.name}")
        return self.opened_by

    def first(self, changes: int) -> list[Action]:
        """Return what opens a stream, and so many changes of it.

        Raises
        ------
        NotAsked
            There are not so many.
        """
        opening = self.opening
        if len(self.changed_by) < changes:
            raise NotAsked(
                f"it needs {changes} changes of a stream of {self.store.name}; "
                f"{len(self.changed_by)} were found"
            )
        return [opening, *self.changed_by[:changes]]

    @property
    def refusal(self) -> Refusal:
        """The refusal that needs least; of a stream that is there, if any is known.

        Raises
        ------
        NotAsked
            No rule refuses anything.
        """
        by_need = sorted(self.refusals, key=lambda one: (not one.after, len(one.after)))
        if not by_need:
            raise NotAsked(f"no rule of {self.store.name} refuses anything that was tried")
        return by_need[0]

    def refusal_of(self, kind: str, payload: object = None) -> Refusal | None:
        """Return the refusal of an action of a type, and payload, on a stream that is there."""
        found = [
            one
            for one in self.refusals
            if one.action["type"] == kind and one.after
            if payload in (None, one.action.get("payload"))
        ]
        return min(found, key=lambda one: len(one.after), default=None)

    @property
    def entity(self) -> dict[str, Any]:
        """What the CRUD face makes an entity of.

        Raises
        ------
        NotAsked
            No payload for one was found.
        """
        if not self.whole:
            raise NotAsked("nothing that was tried makes an entity")
        fields: dict[str, Any] = self.whole[0]["payload"]
        return fields

    @property
    def end(self) -> Ending:
        """How a stream ends.

        Raises
        ------
        NotAsked
            Not at all.
        """
        if self.ending is None:
            raise NotAsked(f"nothing that was tried ends a stream of {self.store.name}")
        return self.ending

    @property
    def why(self) -> str:
        """Why actions were not applied, and what can be done about it; empty: there are none."""
        if not self.store.payloads:
            return ""
        told = " ".join(f"{kind}: {detail}" for kind, detail in self.complaints.items())
        return f"{told} What a payload's model has as examples is tried first".strip()
