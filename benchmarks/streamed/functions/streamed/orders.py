"""The store of sales orders, which both designs serve."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from roundtrip import DELETED, Action, Partial, Rejected, Store, case, create_slice


class Payload(BaseModel):
    """Base of every payload."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Quantity(Payload):
    """A number of articles."""

    sku: str = Field(min_length=1, max_length=64)
    quantity: int = Field(ge=1, le=1_000_000)


class Line(Quantity):
    """A number of articles and the price of one."""

    unit_price_cents: int = Field(ge=0, le=100_000_000_000)


class Content(Payload):
    """The part of an order that a client writes."""

    customer: str = Field(min_length=1, max_length=200)
    currency: str = Field(pattern="^[A-Z]{3}$")
    lines: list[Line] = Field(default_factory=list, max_length=500)


def created(state: Any, action: Action) -> Any:
    """Open an order."""
    if state:
        raise Rejected("already-exists", "There is an order of this id.")
    return _priced({"status": "draft", **action.payload})


def updated(state: Any, action: Action) -> Any:
    """Replace fields."""
    return _priced({**_draft(state), **action.payload})


def line_added(state: Any, action: Action) -> Any:
    """Append a line."""
    lines = _draft(state)["lines"]
    if _has_line(lines, action):
        raise Rejected("line-exists", "There is a line of this article.")
    return _priced({**state, "lines": [*lines, action.payload]})


def line_quantity_changed(state: Any, action: Action) -> Any:
    """Change the quantity of a line."""
    lines = _draft(state)["lines"]
    if not _has_line(lines, action):
        raise Rejected("line-missing", "There is no line of this article.")
    changed = [
        {**line, **action.payload} if line["sku"] == action.payload["sku"] else line
        for line in lines
    ]
    return _priced({**state, "lines": changed})


def confirmed(state: Any, _: Action) -> Any:
    """Confirm the order."""
    return {**_draft(state), "status": "confirmed"}


def cancelled(state: Any, _: Action) -> Any:
    """Cancel the order."""
    if _existing(state)["status"] == "cancelled":
        raise Rejected("already-cancelled", "The order was withdrawn before.")
    return {**state, "status": "cancelled"}


def deleted(state: Any, _: Action) -> Any:
    """Delete an order that is not confirmed."""
    if _existing(state)["status"] == "confirmed":
        raise Rejected("order-confirmed", "The order is in force.")
    return dict(DELETED)


def _existing(state: Any) -> Any:
    if not state:
        raise Rejected("not-created", "There is no order of this id.")
    return state


def _draft(state: Any) -> Any:
    if _existing(state)["status"] != "draft":
        raise Rejected("not-a-draft", "Only a draft can change.")
    return state


def _has_line(lines: list[Any], action: Action) -> bool:
    return any(line["sku"] == action.payload["sku"] for line in lines)


def _priced(order: Any) -> Any:
    lines = [
        {**line, "totalCents": line["quantity"] * line["unitPriceCents"]} for line in order["lines"]
    ]
    total = sum(line["totalCents"] for line in lines)
    return {**order, "lines": lines, "totalCents": total}


ORDERS: Final = Store(
    "salesOrders",
    create_slice(
        name="salesOrders",
        initial_state={},
        reducers={
            "created": case(created, payload=Content),
            "updated": case(updated, payload=Partial(Content)),
            "lineAdded": case(line_added, payload=Line),
            "lineQuantityChanged": case(line_quantity_changed, payload=Quantity),
            "confirmed": confirmed,
            "cancelled": cancelled,
            "deleted": deleted,
        },
    ),
    access="shared",
    collection="sales-orders",
)
STORES: Final = (ORDERS,)
