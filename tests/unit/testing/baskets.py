"""A store for the tests of the kit."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from roundtrip.redux import DELETED, Action, Partial, Rejected, Store, case, create_slice, upcast


class Item(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", populate_by_name=True)
    sku: Annotated[str, Field(min_length=1)]
    unit_price: int = 1


def added(state: Any, action: Action) -> Any:
    if action.payload["sku"] in state:
        raise Rejected("exists", "It is there.", details={"sku": action.payload["sku"]})
    return {**state, action.payload["sku"]: action.payload["unitPrice"]}


def changed(state: Any, action: Action) -> Any:
    return {**state, "changed": action.payload}


def emptied(state: Any, _: Action) -> Any:
    if not state:
        raise Rejected("empty", "It is empty.")
    return {}


def broken(state: Any, _: Action) -> Any:
    return state["nothing"]


def ended(state: Any, _: Action) -> Any:
    del state
    return dict(DELETED)


basket = create_slice(
    name="basket",
    initial_state={},
    reducers={
        "added": case(added, payload=Item),
        "changed": case(changed, payload=Partial(Item)),
        "emptied": emptied,
        "broken": broken,
        "ended": ended,
    },
)
BASKETS: Final = Store("baskets", basket, upcasters={"basket/put": upcast("basket/added")})
SHARED: Final = Store("shared", basket, access="shared")

add, change = basket.actions["added"], basket.actions["changed"]
empty, break_, end = (basket.actions[verb] for verb in ("emptied", "broken", "ended"))
TEA: Final = {"sku": "tea", "unitPrice": 2}
CUP: Final = {"sku": "cup", "unitPrice": 5}
