"""What clients send and get of the sales orders in `tests.shop`."""

from __future__ import annotations

from typing import Any, Final

ORDER: Final[dict[str, Any]] = {
    "customer": "Ada",
    "currency": "EUR",
    "lines": [{"sku": "tea", "quantity": 2, "unitPriceCents": 450}],
}
STATE: Final[dict[str, Any]] = {
    "status": "draft",
    **ORDER,
    "lines": [{**ORDER["lines"][0], "totalCents": 900}],
    "totalCents": 900,
}
"""Of an order that was created from `ORDER`."""

CREATED: Final = {"type": "salesOrders/created", "payload": ORDER}
CONFIRMED: Final = {"type": "salesOrders/confirmed"}
CANCELLED: Final = {"type": "salesOrders/cancelled"}
DELETED: Final = {"type": "salesOrders/deleted"}


def line_added(sku: str) -> dict[str, Any]:
    return {
        "type": "salesOrders/lineAdded",
        "payload": {"sku": sku, "quantity": 1, "unitPriceCents": 100},
    }


def quantity_changed(quantity: int) -> dict[str, Any]:
    return {
        "type": "salesOrders/lineQuantityChanged",
        "payload": {"sku": "tea", "quantity": quantity},
    }


def order_path(order: str) -> str:
    return f"/sales-orders/{order}"


def stream_path(order: str) -> str:
    return f"/stores/salesOrders/{order}"
