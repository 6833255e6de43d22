"""A store with a slice of many entities, for measurements."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from roundtrip import (
    Action,
    Store,
    case,
    combine_reducers,
    create_entity_adapter,
    create_slice,
)

_cards = create_entity_adapter()


class Card(BaseModel):
    """A card of a board."""

    id: str
    title: str
    column: str = "todo"
    done: bool = False


class Rename(BaseModel):
    """A new title."""

    id: str
    title: str


def _renamed(state: Any, action: Action) -> Any:
    changes = {"title": action.payload["title"]}
    return _cards.update_one(state, {"id": action.payload["id"], "changes": changes})


cards = create_slice(
    name="cards",
    initial_state=_cards.get_initial_state(),
    reducers={
        "added": case(_cards.add_many, payload=list[Card]),
        "renamed": case(_renamed, payload=Rename),
    },
)
settings = create_slice(
    name="settings",
    initial_state={"theme": "dark"},
    reducers={"reset": lambda state, _: {**state, "theme": "dark"}},
)

STORES = (
    Store("boards", combine_reducers({"cards": cards, "settings": settings}), access="shared"),
)
