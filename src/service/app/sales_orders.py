"""Sales orders: CRUD through Redux.

An order is a draft until it is confirmed. A confirmed order can only be cancelled. A line is
identified by its sku. Amounts are in the currency's smallest unit, so that totals are whole
numbers, exact in every language.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from roundtrip import (
    DELETED,
    Action,
    Deleted,
    Nothing,
    Partial,
    Rejected,
    case,
    create_slice,
)

MAX_LINES: Final = 500
MAX_TOTAL_CENTS: Final = 2**53 - 1
"""The largest whole number that JavaScript represents exactly."""


class Payload(BaseModel):
    """Base of all payloads: camelCase, no unknown fields."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


Sku = Annotated[str, Field(min_length=1, max_length=64)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
UnitPriceCents = Annotated[int, Field(ge=0, le=100_000_000_000)]
TotalCents = Annotated[int, Field(ge=0, le=MAX_TOTAL_CENTS)]


class Line(Payload):
    """A line: an article, its quantity and its unit price in cents."""

    sku: Sku
    quantity: Quantity
    unit_price_cents: UnitPriceCents


def _skus_once(lines: list[Line]) -> list[Line]:
    if len({line.sku for line in lines}) != len(lines):
        raise ValueError("each sku may appear in one line only")
    return lines


Customer = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")]
Lines = Annotated[list[Line], Field(max_length=MAX_LINES), AfterValidator(_skus_once)]


class SalesOrder(Payload):
    """An order to create or replace."""

    customer: Customer
    currency: Currency
    lines: Lines = Field(default_factory=list)


class Header(Payload):
    """The order without its lines."""

    customer: Customer
    currency: Currency


class LineQuantity(Payload):
    """A new quantity for a line."""

    sku: Sku
    quantity: Quantity


class LineName(Payload):
    """The sku of a line."""

    sku: Sku


class OrderLine(TypedDict, closed=True):
    """A line of an order, with its total."""

    sku: Sku
    quantity: Quantity
    unitPriceCents: UnitPriceCents
    totalCents: TotalCents


@final
class Order(TypedDict, closed=True):
    """The state of an order."""

    status: Literal["draft", "confirmed", "cancelled"]
    customer: Customer
    currency: Currency
    lines: Annotated[list[OrderLine], Field(max_length=MAX_LINES)]
    totalCents: TotalCents


def created(state: Order | Nothing, action: Action) -> Order:
    """Create a draft."""
    if state:
        raise Rejected("already-exists", "The order already exists.")
    order: Order = {
        "status": "draft",
        "customer": action.payload["customer"],
        "currency": action.payload["currency"],
        "lines": [],
        "totalCents": 0,
    }
    return _with_lines(order, action.payload["lines"])


def updated(state: Order | Nothing, action: Action) -> Order:
    """Set any of customer, currency and lines."""
    draft = _require_draft(state)
    header = _with_header(draft, action)
    return _with_lines(header, action.payload.get("lines", draft["lines"]))


def header_changed(state: Order | Nothing, action: Action) -> Order:
    """Set customer and currency."""
    return _with_header(_require_draft(state), action)


def line_added(state: Order | Nothing, action: Action) -> Order:
    """Add a line with a new sku."""
    draft = _require_draft(state)
    if any(line["sku"] == action.payload["sku"] for line in draft["lines"]):
        raise Rejected("line-exists", "The order has a line with this sku; change its quantity.")
    if len(draft["lines"]) >= MAX_LINES:
        raise Rejected("too-many-lines", f"An order can have at most {MAX_LINES} lines.")
    return _with_lines(draft, [*draft["lines"], action.payload])


def line_quantity_changed(state: Order | Nothing, action: Action) -> Order:
    """Set the quantity of a line."""
    draft = _require_line(state, action)
    changed: list[OrderLine] = [
        {**line, "quantity": action.payload["quantity"]}
        if line["sku"] == action.payload["sku"]
        else line
        for line in draft["lines"]
    ]
    return _with_lines(draft, changed)


def line_removed(state: Order | Nothing, action: Action) -> Order:
    """Remove a line."""
    draft = _require_line(state, action)
    kept = [line for line in draft["lines"] if line["sku"] != action.payload["sku"]]
    return _with_lines(draft, kept)


def confirmed(state: Order | Nothing, _: Action) -> Order:
    """Confirm the draft."""
    draft = _require_draft(state)
    if not draft["lines"]:
        raise Rejected("order-empty", "An order without lines cannot be confirmed.")
    return {**draft, "status": "confirmed"}


def cancelled(state: Order | Nothing, _: Action) -> Order:
    """Cancel the order."""
    order = _require_order(state)
    if order["status"] == "cancelled":
        raise Rejected("already-cancelled", "The order is already cancelled.")
    return {**order, "status": "cancelled"}


def deleted(state: Order | Nothing, _: Action) -> Deleted:
    """Delete the order, unless it is confirmed."""
    if _require_order(state)["status"] == "confirmed":
        raise Rejected("order-confirmed", "A confirmed order must be cancelled before deletion.")
    return {**DELETED}


def _with_header(order: Order, action: Action) -> Order:
    return {
        **order,
        "customer": action.payload.get("customer", order["customer"]),
        "currency": action.payload.get("currency", order["currency"]),
    }


def _with_lines(order: Order, lines: list[OrderLine]) -> Order:
    priced: list[OrderLine] = [
        {**line, "totalCents": line["quantity"] * line["unitPriceCents"]} for line in lines
    ]
    total = sum(line["totalCents"] for line in priced)
    if total > MAX_TOTAL_CENTS:
        raise Rejected("total-too-large", f"The total would exceed {MAX_TOTAL_CENTS} cents.")
    return {**order, "lines": priced, "totalCents": total}


def _require_order(state: Order | Nothing) -> Order:
    if "status" not in state:
        raise Rejected("not-created", "The order does not exist yet; create it first.")
    return state


def _require_draft(state: Order | Nothing) -> Order:
    order = _require_order(state)
    if order["status"] != "draft":
        raise Rejected(
            "not-a-draft",
            f"The order is {order['status']}; only a draft can be changed.",
            details={"status": order["status"]},
        )
    return order


def _require_line(state: Order | Nothing, action: Action) -> Order:
    draft = _require_draft(state)
    if all(line["sku"] != action.payload["sku"] for line in draft["lines"]):
        raise Rejected("line-missing", "The order has no line with this sku.")
    return draft


sales_orders = create_slice(
    name="salesOrders",
    initial_state={},
    reducers={
        "created": case(created, payload=SalesOrder),
        "updated": case(updated, payload=Partial(SalesOrder)),
        "headerChanged": case(header_changed, payload=Header),
        "lineAdded": case(line_added, payload=Line),
        "lineQuantityChanged": case(line_quantity_changed, payload=LineQuantity),
        "lineRemoved": case(line_removed, payload=LineName),
        "confirmed": confirmed,
        "cancelled": cancelled,
        "deleted": deleted,
    },
    state=Order | Nothing | Deleted,
)
