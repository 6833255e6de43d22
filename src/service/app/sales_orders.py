"""Sales orders: CRUD through Redux.

An order is a draft until it is confirmed. A confirmed order can only be cancelled. A line is
identified by its sku. Amounts are in the currency's smallest unit, so that totals are whole
numbers, exact in every language.

Case reducers only compute the next order; the functions ``must_...`` are the rules that decide
whether an action is allowed.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, NotRequired, final

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
    mailed: NotRequired[Literal[True]]


def created(_: Nothing, action: Action) -> Order:
    """Create a draft."""
    order: Order = {
        "status": "draft",
        "customer": action.payload["customer"],
        "currency": action.payload["currency"],
        "lines": [],
        "totalCents": 0,
    }
    return _with_lines(order, action.payload["lines"])


def updated(draft: Order, action: Action) -> Order:
    """Set any of customer, currency and lines."""
    return _with_lines(header_changed(draft, action), action.payload.get("lines", draft["lines"]))


def header_changed(draft: Order, action: Action) -> Order:
    """Set customer and currency."""
    return {
        **draft,
        "customer": action.payload.get("customer", draft["customer"]),
        "currency": action.payload.get("currency", draft["currency"]),
    }


def line_added(draft: Order, action: Action) -> Order:
    """Add a line with a new sku."""
    return _with_lines(draft, [*draft["lines"], action.payload])


def line_quantity_changed(draft: Order, action: Action) -> Order:
    """Set the quantity of a line."""
    changed: list[OrderLine] = [
        {**line, "quantity": action.payload["quantity"]}
        if line["sku"] == action.payload["sku"]
        else line
        for line in draft["lines"]
    ]
    return _with_lines(draft, changed)


def line_removed(draft: Order, action: Action) -> Order:
    """Remove a line."""
    kept = [line for line in draft["lines"] if line["sku"] != action.payload["sku"]]
    return _with_lines(draft, kept)


def confirmed(draft: Order, _: Action) -> Order:
    """Confirm the draft."""
    return {**draft, "status": "confirmed"}


def cancelled(order: Order, _: Action) -> Order:
    """Cancel the order."""
    return {**order, "status": "cancelled"}


def mailed(order: Order, _: Action) -> Order:
    """Note that the customer was told of the confirmation."""
    return {**order, "mailed": True}


def deleted(_: Order, __: Action) -> Deleted:
    """Delete the order."""
    return {**DELETED}


def _with_lines(order: Order, lines: list[OrderLine]) -> Order:
    priced: list[OrderLine] = [
        {**line, "totalCents": line["quantity"] * line["unitPriceCents"]} for line in lines
    ]
    return {**order, "lines": priced, "totalCents": sum(line["totalCents"] for line in priced)}


def must_be_new(state: Order | Nothing, _: Action) -> None:
    """Refuse to create an order twice."""
    if state:
        raise Rejected("already-exists", "The order already exists.")


def must_exist(state: Order | Nothing, _: Action) -> None:
    """Refuse to change an order before it is created."""
    if not state:
        raise Rejected("not-created", "The order does not exist yet; create it first.")


def must_be_a_draft(order: Order, _: Action) -> None:
    """Refuse to change an order after it was confirmed or cancelled."""
    if order["status"] != "draft":
        raise Rejected(
            "not-a-draft",
            f"The order is {order['status']}; only a draft can be changed.",
            details={"status": order["status"]},
        )


def must_not_have_the_line(draft: Order, action: Action) -> None:
    """Refuse a second line of an article."""
    if any(line["sku"] == action.payload["sku"] for line in draft["lines"]):
        raise Rejected("line-exists", "The order has a line with this sku; change its quantity.")


def must_have_the_line(draft: Order, action: Action) -> None:
    """Refuse to change a line that is not there."""
    if all(line["sku"] != action.payload["sku"] for line in draft["lines"]):
        raise Rejected("line-missing", "The order has no line with this sku.")


def must_have_room(draft: Order, _: Action) -> None:
    """Refuse a line too many."""
    if len(draft["lines"]) >= MAX_LINES:
        raise Rejected("too-many-lines", f"An order can have at most {MAX_LINES} lines.")


def must_keep_the_total_exact(state: Order | Nothing, action: Action) -> None:
    """Refuse a total that JavaScript could not represent exactly."""
    if sales_orders.reducer(state, action)["totalCents"] > MAX_TOTAL_CENTS:
        raise Rejected("total-too-large", f"The total would exceed {MAX_TOTAL_CENTS} cents.")


def must_have_lines(draft: Order, _: Action) -> None:
    """Refuse to confirm an empty order."""
    if not draft["lines"]:
        raise Rejected("order-empty", "An order without lines cannot be confirmed.")


def must_not_be_cancelled(order: Order, _: Action) -> None:
    """Refuse to cancel an order twice."""
    if order["status"] == "cancelled":
        raise Rejected("already-cancelled", "The order is already cancelled.")


def must_not_be_confirmed(order: Order, _: Action) -> None:
    """Refuse to delete an order that somebody relies on."""
    if order["status"] == "confirmed":
        raise Rejected("order-confirmed", "A confirmed order must be cancelled before deletion.")


def must_not_be_a_draft(order: Order, _: Action) -> None:
    """Refuse to note a confirmation that there is not."""
    if order["status"] == "draft":
        raise Rejected("not-confirmed", "The order is a draft; confirm it first.")


def must_not_be_mailed(order: Order, _: Action) -> None:
    """Refuse to note a confirmation twice."""
    if "mailed" in order:
        raise Rejected("already-mailed", "The customer was told already.")


DRAFT: Final = (must_exist, must_be_a_draft)

sales_orders = create_slice(
    name="salesOrders",
    initial_state={},
    reducers={
        "created": case(
            created, payload=SalesOrder, rules=[must_be_new, must_keep_the_total_exact]
        ),
        "updated": case(
            updated, payload=Partial(SalesOrder), rules=[*DRAFT, must_keep_the_total_exact]
        ),
        "headerChanged": case(header_changed, payload=Header, rules=DRAFT),
        "lineAdded": case(
            line_added,
            payload=Line,
            rules=[*DRAFT, must_not_have_the_line, must_have_room, must_keep_the_total_exact],
        ),
        "lineQuantityChanged": case(
            line_quantity_changed,
            payload=LineQuantity,
            rules=[*DRAFT, must_have_the_line, must_keep_the_total_exact],
        ),
        "lineRemoved": case(line_removed, payload=LineName, rules=[*DRAFT, must_have_the_line]),
        "confirmed": case(confirmed, rules=[*DRAFT, must_have_lines]),
        "mailed": case(mailed, rules=[must_exist, must_not_be_a_draft, must_not_be_mailed]),
        "cancelled": case(cancelled, rules=[must_exist, must_not_be_cancelled]),
        "deleted": case(deleted, rules=[must_exist, must_not_be_confirmed]),
    },
    state=Order | Nothing | Deleted,
)
