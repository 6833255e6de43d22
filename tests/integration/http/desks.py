"""Stores whose states are in parts: desks of several slices, queues of one, and a collection."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from roundtrip import (
    DELETED,
    Action,
    Store,
    case,
    combine_reducers,
    create_entity_adapter,
    create_entity_slice,
    create_slice,
)


class Ticket(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    status: Literal["open", "closed"] = "open"
    labels: dict[str, int] = Field(default_factory=dict)


class Shelf(BaseModel):
    name: str


NOTES: Final = create_entity_adapter()


def noted(state: Any, action: Action) -> Any:
    return NOTES.upsert_many({**state, "latest": action.payload[-1]["id"]}, action.payload)


def forgotten(state: Any, _: Action) -> Any:
    return NOTES.remove_all(state)


def shelved(state: Any, action: Action) -> Any:
    return {**state, **action.payload}


def chosen(state: Any, action: Action) -> Any:
    return {**state, "theme": action.payload}


TICKETS: Final = create_entity_slice("tickets", Ticket)
NOTED: Final = create_slice(
    name="notes",
    initial_state=NOTES.get_initial_state({"latest": None}),
    reducers={"noted": case(noted, payload=list[dict[str, Any]]), "forgotten": forgotten},
)
SETTINGS: Final = create_slice(
    name="settings",
    initial_state={"theme": "light"},
    reducers={"chosen": case(chosen, payload=str)},
)
SHELVES: Final = create_slice(
    name="shelves",
    initial_state=NOTES.get_initial_state(),
    reducers={
        "created": case(shelved, payload=Shelf),
        "updated": case(shelved, payload=Shelf),
        "filled": case(noted, payload=list[dict[str, Any]]),
        "deleted": lambda _, __: dict(DELETED),
    },
)
STORES: Final = (
    Store(
        "desks",
        combine_reducers({"tickets": TICKETS, "notes": NOTED, "settings": SETTINGS}),
    ),
    Store("queues", TICKETS),
    Store("shelves", SHELVES, collection="shelves"),
)


def ticket(number: int, **fields: Any) -> dict[str, Any]:
    """Return a ticket of some 400 characters."""
    return {"id": f"t{number:03}", "title": f"{number:03} " + "why " * 80, **fields}


def note(number: int) -> dict[str, Any]:
    return {"id": f"n{number}", "text": "so " * 100}


def noted_action(*numbers: int) -> dict[str, Any]:
    return {"type": "notes/noted", "payload": [note(number) for number in numbers]}


def created_actions(count: int) -> list[dict[str, Any]]:
    return [{"type": "tickets/created", "payload": ticket(number)} for number in range(count)]
