"""Random actions of each store, out of so few ids and numbers that they meet each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.examples.stores.cases import action

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SKUS: Final = ("tea", "cup", "pot", "é")
PRICES: Final = (0, 1, 450, 1999, 100_000_000_000)
QUANTITIES: Final = (1, 2, 90_000, 1_000_000)
IDS: Final = ("a", "b", "c", "d")


def sales_order_action(random: Random) -> dict[str, Any]:
    def line(sku: str) -> dict[str, Any]:
        return {
            "sku": sku,
            "quantity": random.choice(QUANTITIES),
            "unitPriceCents": random.choice(PRICES),
        }

    def lines() -> list[dict[str, Any]]:
        return [line(sku) for sku in SKUS if random.choice((True, False))]

    header = {"customer": random.choice(("Ada", "Bo")), "currency": random.choice(("EUR", "USD"))}
    payloads: dict[str, Callable[[], Any]] = {
        "created": lambda: random.choice((header, {**header, "lines": lines()})),
        "updated": lambda: random.choice(
            ({"customer": "Cy"}, {"lines": lines()}, {**header, "lines": lines()})
        ),
        "headerChanged": lambda: header,
        "lineAdded": lambda: line(random.choice(SKUS)),
        "lineQuantityChanged": lambda: {
            "sku": random.choice(SKUS),
            "quantity": random.choice(QUANTITIES),
        },
        "lineRemoved": lambda: {"sku": random.choice(SKUS)},
        "confirmed": lambda: None,
        "mailed": lambda: None,
        "cancelled": lambda: None,
        "deleted": lambda: None,
    }
    # The end comes seldom, so that there is something before it.
    verb = random.choice((*payloads, "created", "created", *(("lineAdded", "lineRemoved") * 3)))
    return action(f"salesOrders/{verb}", payloads[verb]())


def contact_action(random: Random) -> dict[str, Any]:
    part = random.choice(
        ({"name": "Ada"}, {"name": "Bo", "email": None}, {"name": "", "email": "bo@example.org"})
    )
    verb = random.choice(("created", "updated", "updated", "deleted"))
    return action(f"contacts/{verb}", None if verb == "deleted" else part)


def workout_action(random: Random) -> dict[str, Any]:
    which = random.choice(IDS)

    def some(of: dict[str, Any]) -> dict[str, Any]:
        return {member: value for member, value in of.items() if random.choice((True, False))}

    work = {"reps": random.choice((0, 5, 10_000)), "weightGrams": random.choice((0, 2_000_000))}
    planned = {"name": random.choice(("Squat", "Press")), "sets": random.choice((1, 100)), **work}
    payloads: dict[str, Callable[[], Any]] = {
        "plan/named": lambda: {"name": random.choice(("Monday", "月曜日"))},
        "plan/exerciseAdded": lambda: {"id": which, **planned},
        "plan/exerciseChanged": lambda: {"id": which, **some(planned)},
        "plan/exerciseRemoved": lambda: {"id": which},
        "sets/completed": lambda: {
            "id": random.choice(IDS),
            "exerciseId": which,
            **work,
        },
        "sets/corrected": lambda: {"id": which, **some(work)},
        "sets/removed": lambda: {"id": which},
    }
    kind = random.choice((*payloads, *(("plan/exerciseAdded", "sets/completed") * 2)))
    return action(kind, payloads[kind]())


RANDOM_ACTIONS: Final[dict[str, Callable[[Random], dict[str, Any]]]] = {
    "salesOrders": sales_order_action,
    "contacts": contact_action,
    "workouts": workout_action,
}
"""By the name of the store."""
