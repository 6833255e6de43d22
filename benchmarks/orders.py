"""The requests that every target is given: one order, and the same small change to it."""

from __future__ import annotations

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
"""The payload of a creation."""

CREATED: Final[dict[str, Any]] = {"type": "salesOrders/created", "payload": ORDER}


def quantity_changed(number: int) -> dict[str, Any]:
    """Give an action that changes an `ORDER`, another way for each number.

    Parameters
    ----------
    number
        Any number from 0.
    """
    quantity = number % 999 + 1
    return {
        "type": "salesOrders/lineQuantityChanged",
        "payload": {"sku": "tea-earl-grey", "quantity": quantity},
    }
