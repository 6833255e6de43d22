from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from app.sales_orders import MAX_LINES, MAX_TOTAL_CENTS, LineName, SalesOrder, sales_orders
from roundtrip import DELETED, Store
from roundtrip.testing import given, state_machine

ORDERS = Store("salesOrders", sales_orders)
NEW = {"customer": "Ada", "currency": "EUR", "lines": []}

created, updated, header_changed, line_added = (
    sales_orders.actions[verb] for verb in ("created", "updated", "headerChanged", "lineAdded")
)
line_quantity_changed, line_removed, confirmed, cancelled, deleted = (
    sales_orders.actions[verb]
    for verb in ("lineQuantityChanged", "lineRemoved", "confirmed", "cancelled", "deleted")
)

TestSalesOrders = state_machine(ORDERS)


def line(sku: str = "tea", quantity: int = 2, price: int = 450) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unitPriceCents": price}


NOTHING = given(ORDERS)
EMPTY = given(ORDERS, created(NEW))
DRAFT = given(ORDERS, created({**NEW, "lines": [line()]}))
CONFIRMED = given(ORDERS, created({**NEW, "lines": [line()]}), confirmed())
CANCELLED = given(ORDERS, created(NEW), cancelled())
CHANGES = [
    updated({"customer": "Bo"}),
    header_changed({"customer": "Bo", "currency": "USD"}),
    line_added(line("cup")),
    line_quantity_changed({"sku": "tea", "quantity": 5}),
    line_removed({"sku": "tea"}),
    confirmed(),
]


def test_an_order_begins_as_a_draft() -> None:
    NOTHING.when(created({**NEW, "lines": [line()]})).then_state(
        {
            "status": "draft",
            "customer": "Ada",
            "currency": "EUR",
            "lines": [{**line(), "totalCents": 900}],
            "totalCents": 900,
        }
    )


def test_an_order_may_be_made_of_its_model() -> None:
    order = SalesOrder(customer="Ada", currency="EUR")

    NOTHING.when(created(order)).then_state(EMPTY.state)
    DRAFT.when(line_removed(LineName(sku="tea"))).then_state(EMPTY.state)


def test_an_order_without_lines_has_none() -> None:
    then = NOTHING.when(created({"customer": "Ada", "currency": "EUR"}))

    assert then.state["lines"] == []


def test_the_changes_of_a_draft() -> None:
    DRAFT.when(updated({"customer": "Bo"})).then_state({**DRAFT.state, "customer": "Bo"})
    changed = EMPTY.when(
        header_changed({"customer": "Bo", "currency": "USD"}),
        line_added(line("tea", 2, 450)),
        line_added(line("cup", 1, 1999)),
        line_quantity_changed({"sku": "tea", "quantity": 3}),
    )
    assert (changed.state["customer"], changed.state["currency"]) == ("Bo", "USD")
    assert [each["totalCents"] for each in changed.state["lines"]] == [1350, 1999]
    assert changed.state["totalCents"] == 3349
    assert changed.when(line_removed({"sku": "tea"})).state["totalCents"] == 1999


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.type)
def test_only_a_draft_changes(change: Any) -> None:
    CONFIRMED.when(change).then_refused("not-a-draft", details={"status": "confirmed"})
    CANCELLED.when(change).then_refused("not-a-draft", details={"status": "cancelled"})


@pytest.mark.parametrize(
    "change", [*CHANGES, cancelled(), deleted()], ids=lambda change: change.type
)
def test_nothing_happens_before_creation(change: Any) -> None:
    NOTHING.when(change).then_refused("not-created")


def test_a_confirmed_order_may_be_cancelled_and_then_deleted() -> None:
    CONFIRMED.when(deleted()).then_refused("order-confirmed")
    ended = CONFIRMED.when(cancelled()).then_state({**CONFIRMED.state, "status": "cancelled"})
    ended.when(deleted()).then_state(DELETED)


def test_the_other_refusals() -> None:
    DRAFT.when(created(NEW)).then_refused("already-exists")
    EMPTY.when(confirmed()).then_refused("order-empty")
    CANCELLED.when(cancelled()).then_refused("already-cancelled")
    DRAFT.when(line_added(line())).then_refused("line-exists")
    DRAFT.when(line_removed({"sku": "cup"})).then_refused("line-missing")
    DRAFT.when(line_quantity_changed({"sku": "cup", "quantity": 1})).then_refused("line-missing")


def test_there_is_an_end_to_lines() -> None:
    full = given(ORDERS, created({**NEW, "lines": [line(str(n)) for n in range(MAX_LINES)]}))

    full.when(line_added(line("more"))).then_refused("too-many-lines")


def test_what_the_models_refuse() -> None:
    wrong = {"customer": "", "currency": "eur", "lines": [line("", 0, -1)], "colour": "red"}

    NOTHING.when(created(wrong)).then_invalid(
        "/payload/customer",
        "/payload/currency",
        "/payload/lines/0/sku",
        "/payload/lines/0/quantity",
        "/payload/lines/0/unitPriceCents",
        "/payload/colour",
    )
    NOTHING.when(created({**NEW, "lines": [line(), line()]})).then_invalid("/payload/lines")
    DRAFT.when(updated({})).then_invalid("/payload")


def test_a_total_stays_exact_in_every_language() -> None:
    most = line("gold", 90_000, 100_000_000_000)

    assert NOTHING.when(created({**NEW, "lines": [most]})).state["totalCents"] <= MAX_TOTAL_CENTS
    NOTHING.when(created({**NEW, "lines": [most, {**most, "sku": "b"}]})).then_refused(
        "total-too-large"
    )


SKUS = st.sampled_from("abc")
QUANTITIES = st.integers(1, 10**6)
steps = st.one_of(
    st.builds(line_added, st.builds(line, SKUS, QUANTITIES, st.integers(0, 10**9))),
    st.builds(line_quantity_changed, st.fixed_dictionaries({"sku": SKUS, "quantity": QUANTITIES})),
    st.builds(line_removed, st.fixed_dictionaries({"sku": SKUS})),
    st.sampled_from([confirmed(), cancelled()]),
)


@given_any(st.lists(steps, min_size=1, max_size=20))
def test_totals_are_always_right(path: list[Any]) -> None:
    state = EMPTY.when(*path).state

    for each in state["lines"]:
        assert each["totalCents"] == each["quantity"] * each["unitPriceCents"]
    assert state["totalCents"] == sum(each["totalCents"] for each in state["lines"])
    assert state["lines"] or state["status"] != "confirmed"
