"""A sales order, and actions on it."""

from __future__ import annotations

from typing import Any, Final

ORDER: Final[dict[str, Any]] = {
    "customer": "Ada",
    "currency": "EUR",
    "lines": [{"sku": "tea", "quantity": 2, "unitPriceCents": 450}],
}
CREATED: Final = {"type": "salesOrders/created", "payload": ORDER}
CONFIRMED: Final = {"type": "salesOrders/confirmed"}
CANCELLED: Final = {"type": "salesOrders/cancelled"}
DELETED: Final = {"type": "salesOrders/deleted"}


def line_added(sku: str) -> dict[str, Any]:
    return {
        "type": "salesOrders/lineAdded",
        "payload": {"sku": sku, "quantity": 1, "unitPriceCents": 100},
    }
