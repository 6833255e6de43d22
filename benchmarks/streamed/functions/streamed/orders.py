"""The store that both designs keep: sales orders, with as much of them as is dispatched here."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from roundtrip import DELETED, Action, Partial, Rejected, Store, case, create_slice


class Payload(BaseModel):
    """The form of every payload."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Quantity(Payload):
    """How many of an article."""

    sku: str = Field(min_length=1, max_length=64)
    quantity: int = Field(ge=1, le=1_000_000)


class Line(Quantity):
    """And the price of one."""

    unit_price_cents: int = Field(ge=0, le=100_000_000_000)


class Content(Payload):
    """What a client says of an order."""

    customer: str = Field(min_length=1, max_length=200)
    currency: str = Field(pattern="^[A-Z]{3}$")
    lines: list[Line] = Field(default_factory=list, max_length=500)


def created(state: Any, action: Action) -> Any:
    """Open an order."""
    if state:
        raise Rejected("already-exists", "There is an order of this id.")
    return _priced({"status": "draft", **action.payload})


def updated(state: Any, action: Action) -> Any:
    """Put fields in the place of those that were."""
    return _priced({**_draft(state), **action.payload})


def line_added(state: Any, action: Action) -> Any:
    """Append a line."""
    lines = _draft(state)["lines"]
    if _has_line(lines, action):
        raise Rejected("line-exists", "There is a line of this article.")
    return _priced({**state, "lines": [*lines, action.payload]})


def line_quantity_changed(state: Any, action: Action) -> Any:
    """Order more or less of an article."""
    lines = _draft(state)["lines"]
    if not _has_line(lines, action):
        raise Rejected("line-missing", "There is no line of this article.")
    changed = [
        {**line, **action.payload} if line["sku"] == action.payload["sku"] else line
        for line in lines
    ]
    return _priced({**state, "lines": changed})


def confirmed(state: Any, _: Action) -> Any:
    """Put the order in force."""
    return {**_draft(state), "status": "confirmed"}


def cancelled(state: Any, _: Action) -> Any:
    """Withdraw the order."""
    if _existing(state)["status"] == "cancelled":
        raise Rejected("already-cancelled", "The order was withdrawn before.")
    return {**state, "status": "cancelled"}


def deleted(state: Any, _: Action) -> Any:
    """Remove an order that is not in force."""
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
