from __future__ import annotations

from typing import Any, Final

import pytest

from app.sales_orders import sales_orders
from app.stores import STORES
from roundtrip.testing import Api

ORDER: Final[dict[str, Any]] = {
    "customer": "Ada",
    "currency": "EUR",
    "lines": [{"sku": "tea", "quantity": 2, "unitPriceCents": 450}],
}
CUP_ADDED: Final = sales_orders.actions["lineAdded"](
    {"sku": "cup", "quantity": 1, "unitPriceCents": 100}
)
CONFIRMED: Final = sales_orders.actions["confirmed"]()


@pytest.fixture
def api() -> Api:
    """A caller of the application, on an empty storage."""
    return Api(STORES)


@pytest.fixture
def order(api: Api) -> str:
    """The id of an order."""
    made: str = api.post("/sales-orders", ORDER).json["id"]
    return made


def test_a_creation_is_201_with_location_etag_and_the_order(api: Api) -> None:
    answer = api.post("/sales-orders", ORDER)

    order = answer.json
    assert (answer.status, answer.headers["etag"][:3]) == (201, '"1.')
    assert answer.headers["location"] == f"/sales-orders/{order['id']}"
    assert (order["customer"], order["status"], order["totalCents"]) == ("Ada", "draft", 900)
    assert order["version"] == 1


def test_patch_sets_some_fields(api: Api, order: str) -> None:
    answer = api.patch(f"/sales-orders/{order}", {"customer": "Bo"})

    assert (answer.status, answer.headers["etag"][:3]) == (200, '"2.')
    assert (answer.json["customer"], answer.json["currency"]) == ("Bo", "EUR")
    assert len(answer.json["lines"]) == 1


def test_put_sets_every_field(api: Api, order: str) -> None:
    answer = api.put(f"/sales-orders/{order}", {"customer": "Bo", "currency": "USD"})

    assert answer.status == 200
    assert (answer.json["customer"], answer.json["lines"]) == ("Bo", [])
    assert answer.json["totalCents"] == 0


def test_every_write_of_the_crud_face_is_an_action_in_the_log(api: Api, order: str) -> None:
    api.patch(f"/sales-orders/{order}", {"customer": "Bo"})
    api.put(f"/sales-orders/{order}", {"customer": "Cy", "currency": "USD"})
    api.delete(f"/sales-orders/{order}")

    events = api.events("salesOrders", order)

    assert [(event["type"], event.get("payload")) for event in events] == [
        ("salesOrders/created", ORDER),
        ("salesOrders/updated", {"customer": "Bo"}),
        ("salesOrders/updated", {"customer": "Cy", "currency": "USD", "lines": []}),
        ("salesOrders/deleted", None),
    ]


def test_the_crud_face_and_the_store_show_one_order(api: Api, order: str) -> None:
    api.dispatch("salesOrders", order, CUP_ADDED)

    shown = api.get(f"/sales-orders/{order}").json
    state = api.state("salesOrders", order)

    assert shown == shown | state
    assert shown["version"] == 2


def test_a_business_rule_refuses_over_the_crud_face_too(api: Api, order: str) -> None:
    api.dispatch("salesOrders", order, CONFIRMED)

    change = api.patch(f"/sales-orders/{order}", {"customer": "Bo"})
    deletion = api.delete(f"/sales-orders/{order}")

    assert (change.status, change.json["code"]) == (422, "not-a-draft")
    assert change.json["details"] == {"status": "confirmed"}
    assert (deletion.status, deletion.json["code"]) == (422, "order-confirmed")


def test_errors_name_every_field_at_fault(api: Api) -> None:
    lines = [{"sku": "", "quantity": "2", "unitPriceCents": 1.5, "x": 1}]

    answer = api.post("/sales-orders", {"customer": "Ada", "currency": "eur", "lines": lines})

    assert (answer.status, answer.problem) == (422, "invalid-payload")
    assert {error["loc"] for error in answer.json["errors"]} == {
        "/currency",
        "/lines/0/sku",
        "/lines/0/quantity",
        "/lines/0/unitPriceCents",
        "/lines/0/x",
    }
    assert all(error["code"] and error["detail"] for error in answer.json["errors"])


def test_totals_are_right_to_the_cent(api: Api) -> None:
    lines = [
        {"sku": str(price), "quantity": quantity, "unitPriceCents": price}
        for price, quantity in ((10, 3), (333, 7), (99_999_999_999, 1))
    ]

    order = api.post("/sales-orders", {**ORDER, "lines": lines}).json

    assert order["totalCents"] == 30 + 2331 + 99_999_999_999
