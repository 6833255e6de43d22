"""The requests that every target gets: one order, and the same small change to it."""

from typing import Any, Final

ORDER: Final[dict[str, Any]] = {
    "customer": "Ada Lovelace",
    "currency": "EUR",
    "lines": [
        {"sku": "tea-earl-grey", "quantity": 2, "unitPriceCents": 450},
        {"sku": "cup-porcelain", "quantity": 4, "unitPriceCents": 1250},
        {"sku": "kettle-steel-1.7l", "quantity": 1, "unitPriceCents": 5900},
    ],
}
CREATED: Final[dict[str, Any]] = {"type": "salesOrders/created", "payload": ORDER}


def quantity_changed(number: int) -> dict[str, Any]:
    """Return an action that changes an `ORDER`; consecutive numbers give different changes."""
    return {
        "type": "salesOrders/lineQuantityChanged",
        "payload": {"sku": "tea-earl-grey", "quantity": number % 999 + 1},
    }
