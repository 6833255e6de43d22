from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sales_orders import MAX_LINES, MAX_TOTAL_CENTS, sales_orders
from roundtrip.redux import Rejected, is_deleted
from roundtrip.redux.jsontext import encode, exact

NEW = {"customer": "Ada", "currency": "EUR", "lines": []}


def line(sku: str = "tea", quantity: int = 2, price: int = 450) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unitPriceCents": price}


def after(*steps: tuple[str, Any]) -> Any:
    state: Any = {}
    for verb, payload in steps:
        state = sales_orders.reducer(state, sales_orders.actions[verb](payload))
    return state


def refusal(state: Any, verb: str, payload: Any = None) -> str:
    with pytest.raises(Rejected) as caught:
        sales_orders.reducer(state, sales_orders.actions[verb](payload))
    return caught.value.code


DRAFT = after(("created", {**NEW, "lines": [line()]}))
CONFIRMED = after(("created", {**NEW, "lines": [line()]}), ("confirmed", None))
CANCELLED = after(("created", NEW), ("cancelled", None))
CHANGES = [
    ("updated", {"customer": "Bo"}),
    ("headerChanged", {"customer": "Bo", "currency": "USD"}),
    ("lineAdded", line("cup")),
    ("lineQuantityChanged", {"sku": "tea", "quantity": 5}),
    ("lineRemoved", {"sku": "tea"}),
    ("confirmed", None),
]


def test_an_order_begins_as_a_draft() -> None:
    assert {
        "status": "draft",
        "customer": "Ada",
        "currency": "EUR",
        "lines": [{**line(), "totalCents": 900}],
        "totalCents": 900,
    } == DRAFT


def test_the_changes_of_a_draft() -> None:
    assert sales_orders.reducer(DRAFT, sales_orders.actions["updated"]({"customer": "Bo"})) == {
        **DRAFT,
        "customer": "Bo",
    }
    changed = after(
        ("created", NEW),
        ("headerChanged", {"customer": "Bo", "currency": "USD"}),
        ("lineAdded", line("tea", 2, 450)),
        ("lineAdded", line("cup", 1, 1999)),
        ("lineQuantityChanged", {"sku": "tea", "quantity": 3}),
    )
    assert (changed["customer"], changed["currency"]) == ("Bo", "USD")
    assert [each["totalCents"] for each in changed["lines"]] == [1350, 1999]
    assert changed["totalCents"] == 3349
    removed = sales_orders.reducer(changed, sales_orders.actions["lineRemoved"]({"sku": "tea"}))
    assert removed["totalCents"] == 1999


@pytest.mark.parametrize(("verb", "payload"), CHANGES)
@pytest.mark.parametrize("state", [CONFIRMED, CANCELLED])
def test_only_a_draft_changes(state: Any, verb: str, payload: Any) -> None:
    assert refusal(state, verb, payload) == "not-a-draft"


@pytest.mark.parametrize(("verb", "payload"), [*CHANGES, ("cancelled", None), ("deleted", None)])
def test_nothing_happens_before_creation(verb: str, payload: Any) -> None:
    assert refusal({}, verb, payload) == "not-created"


def test_a_confirmed_order_may_be_cancelled_and_then_deleted() -> None:
    assert refusal(CONFIRMED, "deleted") == "order-confirmed"
    cancelled = sales_orders.reducer(CONFIRMED, sales_orders.actions["cancelled"]())
    assert cancelled == {**CONFIRMED, "status": "cancelled"}
    assert is_deleted(sales_orders.reducer(cancelled, sales_orders.actions["deleted"]()))


def test_the_other_refusals() -> None:
    assert refusal(DRAFT, "created", NEW) == "already-exists"
    assert refusal(after(("created", NEW)), "confirmed") == "order-empty"
    assert refusal(CANCELLED, "cancelled") == "already-cancelled"
    assert refusal(DRAFT, "lineAdded", line()) == "line-exists"
    assert refusal(DRAFT, "lineRemoved", {"sku": "cup"}) == "line-missing"
    assert refusal(DRAFT, "lineQuantityChanged", {"sku": "cup", "quantity": 1}) == "line-missing"
    full = after(("created", {**NEW, "lines": [line(str(n)) for n in range(MAX_LINES)]}))
    assert refusal(full, "lineAdded", line("more")) == "too-many-lines"
    assert len(after(("created", full | NEW), ("lineAdded", line()))["lines"]) == 1


def test_a_total_stays_exact_in_every_language() -> None:
    most = line("gold", 90_000, 100_000_000_000)
    assert after(("created", {**NEW, "lines": [most]}))["totalCents"] <= MAX_TOTAL_CENTS
    assert (
        refusal({}, "created", {**NEW, "lines": [most, {**most, "sku": "b"}]}) == "total-too-large"
    )


steps = st.one_of(
    st.tuples(
        st.just("lineAdded"),
        st.builds(line, st.sampled_from("abc"), st.integers(1, 10**6), st.integers(0, 10**9)),
    ),
    st.tuples(
        st.just("lineQuantityChanged"),
        st.fixed_dictionaries({"sku": st.sampled_from("abc"), "quantity": st.integers(1, 10**6)}),
    ),
    st.tuples(st.just("lineRemoved"), st.fixed_dictionaries({"sku": st.sampled_from("abc")})),
    st.tuples(st.sampled_from(["confirmed", "cancelled", "deleted"]), st.none()),
)


@given(st.lists(steps, max_size=20))
def test_totals_are_always_right_and_reducers_pure(path: list[tuple[str, Any]]) -> None:
    state = after(("created", NEW))
    for verb, payload in path:
        before = encode(state)
        try:
            new = sales_orders.reducer(state, sales_orders.actions[verb](payload))
        except Rejected:
            new = state
        assert encode(state) == before
        _, state = exact(new)
        if is_deleted(state):
            return
        for each in state["lines"]:
            assert each["totalCents"] == each["quantity"] * each["unitPriceCents"]
        assert state["totalCents"] == sum(each["totalCents"] for each in state["lines"])
        assert state["status"] in ("draft", "confirmed", "cancelled")
        assert state["lines"] or state["status"] != "confirmed"
