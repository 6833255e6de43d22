"""The order that the cases make, and actions on it."""

from __future__ import annotations

from typing import Any, Final

ORDER: Final[dict[str, Any]] = {
    # Beyond ASCII, and beyond 16 bits: text survives every hop.
    "customer": "Zoë \N{TEAPOT}",
    "currency": "EUR",
    "lines": [{"sku": "tea", "quantity": 2, "unitPriceCents": 450}],
}
STATE: Final[dict[str, Any]] = {
    **ORDER,
    "status": "draft",
    "lines": [{"sku": "tea", "quantity": 2, "unitPriceCents": 450, "totalCents": 900}],
    "totalCents": 900,
}
"""What the reducer makes of it."""

CREATED: Final = {"type": "salesOrders/created", "payload": ORDER}
CONFIRMED: Final = {"type": "salesOrders/confirmed"}
CANCELLED: Final = {"type": "salesOrders/cancelled"}


def line_added(sku: str) -> dict[str, Any]:
    """Return the action that adds a line."""
    payload = {"sku": sku, "quantity": 1, "unitPriceCents": 100}
    return {"type": "salesOrders/lineAdded", "payload": payload}


def quantity_changed(quantity: int) -> dict[str, Any]:
    """Return the action that changes the quantity of the first line."""
    payload = {"sku": "tea", "quantity": quantity}
    return {"type": "salesOrders/lineQuantityChanged", "payload": payload}


def order_path(order: str) -> str:
    """Return where an order is."""
    return f"/sales-orders/{order}"


def stream_path(order: str) -> str:
    """Return where an order is as a stream."""
    return f"/stores/salesOrders/{order}"
