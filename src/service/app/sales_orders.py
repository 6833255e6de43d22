"""Sales orders: CRUD through Redux.

An order is a draft until it is confirmed; from then on nothing changes but that it may be
cancelled. A line is known by its sku. Money is in the currency's smallest unit, so that totals are
whole numbers, exact in every language.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from roundtrip.redux import DELETED, Action, Partial, Rejected, case, create_slice

MAX_LINES: Final = 500
MAX_TOTAL_CENTS: Final = 2**53 - 1
"""The largest whole number that JavaScript holds exactly."""


class Payload(BaseModel):
    """What every payload has in common: camelCase, and no field that is not asked for."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


Sku = Annotated[str, Field(min_length=1, max_length=64)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class Line(Payload):
    """A line: so many of an article at a price, in cents, for each."""

    sku: Sku
    quantity: Quantity
    unit_price_cents: Annotated[int, Field(ge=0, le=100_000_000_000)]


def _skus_once(lines: list[Line]) -> list[Line]:
    if len({line.sku for line in lines}) != len(lines):
        raise ValueError("a sku stands in one line only")
    return lines


Customer = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")]
Lines = Annotated[list[Line], Field(max_length=MAX_LINES), AfterValidator(_skus_once)]


class SalesOrder(Payload):
    """An order as it is created, or replaced."""

    customer: Customer
    currency: Currency
    lines: Lines = Field(default_factory=list)


class Header(Payload):
    """What an order says beside its lines."""

    customer: Customer
    currency: Currency


class LineQuantity(Payload):
    """Another quantity for a line."""

    sku: Sku
    quantity: Quantity


class LineName(Payload):
    """Which line."""

    sku: Sku


State = dict[str, Any]


def created(state: State, action: Action) -> State:
    """Begin a draft."""
    if state:
        raise Rejected("already-exists", "The order exists already.")
    return _with_totals({"status": "draft", **action.payload})


def updated(state: State, action: Action) -> State:
    """Set any of customer, currency and lines."""
    _require_draft(state)
    return _with_totals({**state, **action.payload})


def header_changed(state: State, action: Action) -> State:
    """Set customer and currency."""
    _require_draft(state)
    return {**state, **action.payload}


def line_added(state: State, action: Action) -> State:
    """Add a line with a new sku."""
    _require_draft(state)
    if any(line["sku"] == action.payload["sku"] for line in state["lines"]):
        raise Rejected("line-exists", "The order has a line of this sku; change its quantity.")
    if len(state["lines"]) >= MAX_LINES:
        raise Rejected("too-many-lines", "The order has as many lines as an order may have.")
    return _with_totals({**state, "lines": [*state["lines"], action.payload]})


def line_quantity_changed(state: State, action: Action) -> State:
    """Set the quantity of a line."""
    _require_line(state, action)
    return _with_totals(
        {
            **state,
            "lines": [
                {**line, **action.payload} if line["sku"] == action.payload["sku"] else line
                for line in state["lines"]
            ],
        }
    )


def line_removed(state: State, action: Action) -> State:
    """Take a line away."""
    _require_line(state, action)
    kept = [line for line in state["lines"] if line["sku"] != action.payload["sku"]]
    return _with_totals({**state, "lines": kept})


def confirmed(state: State, _: Action) -> State:
    """Make the draft binding."""
    _require_draft(state)
    if not state["lines"]:
        raise Rejected("order-empty", "An order without lines cannot be confirmed.")
    return {**state, "status": "confirmed"}


def cancelled(state: State, _: Action) -> State:
    """Give the order up."""
    _require_order(state)
    if state["status"] == "cancelled":
        raise Rejected("already-cancelled", "The order is cancelled already.")
    return {**state, "status": "cancelled"}


def deleted(state: State, _: Action) -> State:
    """End the order, unless it is in force."""
    _require_order(state)
    if state["status"] == "confirmed":
        raise Rejected("order-confirmed", "A confirmed order must be cancelled before deletion.")
    return dict(DELETED)


def _with_totals(state: State) -> State:
    lines = [
        {**line, "totalCents": line["quantity"] * line["unitPriceCents"]} for line in state["lines"]
    ]
    total = sum(line["totalCents"] for line in lines)
    if total > MAX_TOTAL_CENTS:
        raise Rejected("total-too-large", f"The total would be over {MAX_TOTAL_CENTS} cents.")
    return {**state, "lines": lines, "totalCents": total}


def _require_order(state: State) -> None:
    if not state:
        raise Rejected("not-created", "There is no order yet; salesOrders/created comes first.")


def _require_draft(state: State) -> None:
    _require_order(state)
    if state["status"] != "draft":
        raise Rejected(
            "not-a-draft",
            f"The order is {state['status']}; only a draft can be changed.",
            details={"status": state["status"]},
        )


def _require_line(state: State, action: Action) -> None:
    _require_draft(state)
    if all(line["sku"] != action.payload["sku"] for line in state["lines"]):
        raise Rejected("line-missing", "The order has no line of this sku.")


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
)
