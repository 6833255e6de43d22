"""The stores of the tests' project: one with a slice, one with a model."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from roundtrip import Action, Rejected, Store, case, create_crud_slice, create_slice

_MAX_COUNT = 100


class Step(BaseModel):
    """A step of the counter."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[int, Field(ge=1, examples=[3])]
    because: str = ""


class Note(BaseModel):
    """A note."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1)]
    text: str


def _stepped(state: Any, action: Action) -> Any:
    count = state["count"] + action.payload["by"]
    if count > _MAX_COUNT:
        raise Rejected("too-far", f"The counter ends at {_MAX_COUNT}.")
    return {**state, "count": count}


def _reset(state: Any, _: Any) -> Any:
    return {**state, "count": 0}


counter = create_slice(
    name="counter",
    initial_state={"count": 0},
    reducers={"stepped": case(_stepped, payload=Step), "reset": _reset},
)

STORES = (
    Store("counters", counter, access="shared"),
    Store("notes", create_crud_slice("notes", Note), access="shared", collection="notes"),
)
