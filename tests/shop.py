"""The stores of the framework's own tests; as ``app/stores.py`` also those of projects they make.

Orders are shared and have a collection, contacts are private and made of a model, boards are of two
slices.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from roundtrip import (
    DELETED,
    Action,
    Deleted,
    Nothing,
    Partial,
    Rejected,
    Store,
    case,
    combine_reducers,
    create_crud_slice,
    create_slice,
)

Text = Annotated[str, Field(min_length=1, max_length=200)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Cents = Annotated[int, Field(ge=0, le=100_000_000_000)]


class Strict(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Article(Strict):
    sku: Text


class Amount(Article):
    quantity: Quantity


class Line(Amount):
    unit_price_cents: Cents


class Content(Strict):
    customer: Text
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    lines: list[Line] = Field(default_factory=list)


class PricedLine(TypedDict, closed=True):
    sku: Text
    quantity: Quantity
    unitPriceCents: Cents
    totalCents: int


class Order(TypedDict, closed=True):
    status: Literal["draft", "confirmed", "cancelled"]
    customer: Text
    currency: str
    lines: list[PricedLine]
    totalCents: int


def create(_: Any, action: Action) -> Any:
    return _add_up({"status": "draft", **action.payload})


def update(state: Any, action: Action) -> Any:
    return _add_up({**state, **action.payload})


def add_line(state: Any, action: Action) -> Any:
    return _add_up({**state, "lines": [*state["lines"], action.payload]})


def change_quantity(state: Any, action: Action) -> Any:
    _find(state, action).update(action.payload)
    return _add_up(state)


def confirm(state: Any, _: Action) -> Any:
    return {**state, "status": "confirmed"}


def cancel(state: Any, _: Action) -> Any:
    return {**state, "status": "cancelled"}


def delete(*_: Any) -> Any:
    return dict(DELETED)


def must_be_new(state: Any, _: Action) -> None:
    if state:
        raise Rejected("already-exists", "There is one.")


def must_exist(state: Any, _: Action) -> None:
    if not state:
        raise Rejected("not-created", "There is none yet.")


def must_be_a_draft(order: Any, action: Action) -> None:
    must_exist(order, action)
    if (status := order["status"]) != "draft":
        raise Rejected("not-a-draft", f"It is {status}.", details={"status": status})


def must_not_have_the_line(order: Any, action: Action) -> None:
    if _find(order, action):
        raise Rejected("line-exists", "There is one of this sku.")


def must_have_the_line(order: Any, action: Action) -> None:
    if not _find(order, action):
        raise Rejected("line-missing", "There is none of this sku.")


def must_have_lines(order: Any, _: Action) -> None:
    if not order["lines"]:
        raise Rejected("order-empty", "It has no line.")


def must_be_cancelled_first(order: Any, _: Action) -> None:
    if not order or order["status"] == "confirmed":
        raise Rejected("order-confirmed", "It must be cancelled first.")


def _find(order: Any, action: Action) -> Any:
    return next((line for line in order["lines"] if line["sku"] == action.payload["sku"]), None)


def _add_up(order: Any) -> Any:
    lines = [
        {**line, "totalCents": line["quantity"] * line["unitPriceCents"]} for line in order["lines"]
    ]
    return {**order, "lines": lines, "totalCents": sum(line["totalCents"] for line in lines)}


orders = create_slice(
    name="salesOrders",
    initial_state={},
    reducers={
        "created": case(create, payload=Content, rules=[must_be_new]),
        "updated": case(update, payload=Partial(Content), rules=[must_be_a_draft]),
        "lineAdded": case(add_line, payload=Line, rules=[must_be_a_draft, must_not_have_the_line]),
        "lineQuantityChanged": case(
            change_quantity, payload=Amount, rules=[must_be_a_draft, must_have_the_line]
        ),
        "confirmed": case(confirm, rules=[must_be_a_draft, must_have_lines]),
        "cancelled": case(cancel, rules=[must_exist]),
        "deleted": case(delete, rules=[must_be_cancelled_first]),
    },
    state=Order | Nothing | Deleted,
)


class Contact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    email: str | None = None


columns = create_slice(
    name="columns",
    initial_state=[],
    reducers={
        "added": case(lambda state, action: [*state, action.payload], payload=Text),
        "cleared": lambda _state, _action: [],
    },
    state=list[Text],
)
cards = create_slice(
    name="cards",
    initial_state=0,
    reducers={"written": lambda state, _: state + 1},
    # With the columns their cards go.
    extra_reducers={"columns/cleared": lambda _state, _action: 0},
    state=int,
)

STORES: Final = (
    Store("salesOrders", orders, access="shared", collection="sales-orders"),
    Store("contacts", create_crud_slice("contacts", Contact), collection="contacts"),
    Store("boards", combine_reducers({"columns": columns, "cards": cards})),
)
