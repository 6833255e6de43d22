"""Hand-chosen cases of salesOrders; what comes of each is written here, by hand too."""

from __future__ import annotations

from typing import Any, Final

from tests.examples.stores.cases import Case, applied, refused

MAX_LINES: Final = 500


def line(sku: str, quantity: int, cents: int) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, "unitPriceCents": cents}


def priced(sku: str, quantity: int, cents: int, total: int) -> dict[str, Any]:
    return {**line(sku, quantity, cents), "totalCents": total}


def order(status: str, *lines: dict[str, Any], total: int, **header: str) -> dict[str, Any]:
    return {
        "status": status,
        "customer": "Ada",
        "currency": "EUR",
        **header,
        "lines": list(lines),
        "totalCents": total,
    }


NOTHING: Final[dict[str, Any]] = {}
DELETED: Final = {"$deleted": True}
TEA, CUP = priced("tea", 2, 450, 900), priced("cup", 1, 1999, 1999)
EMPTY = order("draft", total=0)
DRAFT = order("draft", TEA, CUP, total=2899)
CONFIRMED = order("confirmed", TEA, CUP, total=2899)
CANCELLED = order("cancelled", TEA, CUP, total=2899)

NEW = {"customer": "Ada", "currency": "EUR", "lines": [line("tea", 2, 450), line("cup", 1, 1999)]}
# Three lines that come to 2**53 - 1 cents together: the largest total there is.
LARGEST: Final = [
    priced("a", 90_000, 100_000_000_000, 9_000_000_000_000_000),
    priced("b", 72, 99_989_649_180, 7_199_254_740_960),
    priced("c", 31, 1, 31),
]
FULL: Final = [priced(str(n), 1, 1, 1) for n in range(MAX_LINES)]
CHANGES: Final = {
    "updated": {"customer": "Bo"},
    "headerChanged": {"customer": "Bo", "currency": "USD"},
    "lineAdded": line("pot", 1, 5000),
    "lineQuantityChanged": {"sku": "tea", "quantity": 5},
    "lineRemoved": {"sku": "tea"},
    "confirmed": None,
}
# Names that objects of JavaScript have already, and two spellings of one letter.
AWKWARD = ("__proto__", "constructor", "é", "e\u0301", "🫖", " tea", "TEA")

CASES: Final[list[Case]] = [
    applied("a new order", NOTHING, "salesOrders/created", NEW, DRAFT),
    applied(
        "a new order without lines has none",
        NOTHING,
        "salesOrders/created",
        {"customer": "Ada", "currency": "EUR"},
        EMPTY,
    ),
    applied(
        "a new order with the largest total",
        NOTHING,
        "salesOrders/created",
        {
            "customer": "Ada",
            "currency": "EUR",
            "lines": [
                line(each["sku"], each["quantity"], each["unitPriceCents"]) for each in LARGEST
            ],
        },
        order("draft", *LARGEST, total=9_007_199_254_740_991),
    ),
    refused(
        "a new order with a total of a cent more",
        NOTHING,
        "salesOrders/created",
        {
            "customer": "Ada",
            "currency": "EUR",
            "lines": [
                *(line(each["sku"], each["quantity"], each["unitPriceCents"]) for each in LARGEST),
                line("d", 1, 1),
            ],
        },
        "total-too-large",
    ),
    refused(
        "a new order with a line beyond what JavaScript holds exactly",
        NOTHING,
        "salesOrders/created",
        {
            "customer": "Ada",
            "currency": "EUR",
            "lines": [line("a", 1_000_000, 100_000_000_000), line("b", 1, 0)],
        },
        "total-too-large",
    ),
    applied(
        "a free article",
        EMPTY,
        "salesOrders/lineAdded",
        line("gift", 1_000_000, 0),
        order("draft", priced("gift", 1_000_000, 0, 0), total=0),
    ),
    applied(
        "a mail of the confirmation",
        CONFIRMED,
        "salesOrders/mailed",
        None,
        {**CONFIRMED, "mailed": True},
    ),
    applied(
        "an order that is cancelled after its mail",
        {**CONFIRMED, "mailed": True},
        "salesOrders/cancelled",
        None,
        {**CANCELLED, "mailed": True},
    ),
    refused("a mail of nothing", NOTHING, "salesOrders/mailed", None, "not-created"),
    refused("a mail of a draft", DRAFT, "salesOrders/mailed", None, "not-confirmed"),
    refused(
        "a second mail",
        {**CONFIRMED, "mailed": True},
        "salesOrders/mailed",
        None,
        "already-mailed",
    ),
    refused("an order that exists", DRAFT, "salesOrders/created", NEW, "already-exists"),
    refused("an order that is cancelled", CANCELLED, "salesOrders/created", NEW, "already-exists"),
    applied(
        "another customer",
        DRAFT,
        "salesOrders/updated",
        {"customer": "Bo"},
        order("draft", TEA, CUP, total=2899, customer="Bo"),
    ),
    applied(
        "other lines",
        DRAFT,
        "salesOrders/updated",
        {"lines": [line("pot", 3, 5000)]},
        order("draft", priced("pot", 3, 5000, 15_000), total=15_000),
    ),
    applied("no lines any more", DRAFT, "salesOrders/updated", {"lines": []}, EMPTY),
    applied("lines set to their default", DRAFT, "salesOrders/updated", {"lines": None}, EMPTY),
    applied("the same customer", DRAFT, "salesOrders/updated", {"customer": "Ada"}, DRAFT),
    refused(
        "other lines with too large a total",
        DRAFT,
        "salesOrders/updated",
        {"lines": [line("a", 90_072, 100_000_000_000)]},
        "total-too-large",
    ),
    applied(
        "another header",
        DRAFT,
        "salesOrders/headerChanged",
        {"customer": "Bo \u202e🫖", "currency": "USD"},
        order("draft", TEA, CUP, total=2899, customer="Bo \u202e🫖", currency="USD"),
    ),
    applied(
        "the first line",
        EMPTY,
        "salesOrders/lineAdded",
        line("tea", 2, 450),
        order("draft", TEA, total=900),
    ),
    applied(
        "one more line stands at the end",
        order("draft", CUP, total=1999),
        "salesOrders/lineAdded",
        line("tea", 2, 450),
        order("draft", CUP, TEA, total=2899),
    ),
    *(
        applied(
            f"a line with the sku {sku!a}",
            DRAFT,
            "salesOrders/lineAdded",
            line(sku, 1, 7),
            order("draft", TEA, CUP, priced(sku, 1, 7, 7), total=2906),
        )
        for sku in AWKWARD
    ),
    refused(
        "a second line of a sku", DRAFT, "salesOrders/lineAdded", line("tea", 1, 1), "line-exists"
    ),
    refused(
        "a line that makes the total too large",
        order("draft", *LARGEST, total=9_007_199_254_740_991),
        "salesOrders/lineAdded",
        line("d", 1, 1),
        "total-too-large",
    ),
    applied(
        "the last line that an order may have",
        order("draft", *FULL[:-1], total=MAX_LINES - 1),
        "salesOrders/lineAdded",
        line(str(MAX_LINES - 1), 1, 1),
        order("draft", *FULL, total=MAX_LINES),
    ),
    refused(
        "a line too many",
        order("draft", *FULL, total=MAX_LINES),
        "salesOrders/lineAdded",
        line("more", 1, 1),
        "too-many-lines",
    ),
    refused(
        "a sku that a full order has",
        order("draft", *FULL, total=MAX_LINES),
        "salesOrders/lineAdded",
        line("7", 1, 1),
        "line-exists",
    ),
    applied(
        "another quantity",
        DRAFT,
        "salesOrders/lineQuantityChanged",
        {"sku": "tea", "quantity": 1_000_000},
        order("draft", priced("tea", 1_000_000, 450, 450_000_000), CUP, total=450_001_999),
    ),
    refused(
        "a quantity that makes the total too large",
        order("draft", *LARGEST, total=9_007_199_254_740_991),
        "salesOrders/lineQuantityChanged",
        {"sku": "c", "quantity": 32},
        "total-too-large",
    ),
    refused(
        "a quantity of a missing line",
        DRAFT,
        "salesOrders/lineQuantityChanged",
        {"sku": "pot", "quantity": 1},
        "line-missing",
    ),
    applied(
        "a line taken away",
        DRAFT,
        "salesOrders/lineRemoved",
        {"sku": "tea"},
        order("draft", CUP, total=1999),
    ),
    applied(
        "the last line taken away",
        order("draft", TEA, total=900),
        "salesOrders/lineRemoved",
        {"sku": "tea"},
        EMPTY,
    ),
    refused("a missing line", DRAFT, "salesOrders/lineRemoved", {"sku": "Tea"}, "line-missing"),
    applied("confirmed", DRAFT, "salesOrders/confirmed", None, CONFIRMED),
    refused("confirmed without lines", EMPTY, "salesOrders/confirmed", None, "order-empty"),
    applied("a draft cancelled", DRAFT, "salesOrders/cancelled", None, CANCELLED),
    applied("a confirmed order cancelled", CONFIRMED, "salesOrders/cancelled", None, CANCELLED),
    refused("cancelled twice", CANCELLED, "salesOrders/cancelled", None, "already-cancelled"),
    applied("a draft deleted", DRAFT, "salesOrders/deleted", None, DELETED),
    applied("a cancelled order deleted", CANCELLED, "salesOrders/deleted", None, DELETED),
    refused("a confirmed order deleted", CONFIRMED, "salesOrders/deleted", None, "order-confirmed"),
    *(
        refused(
            f"{verb} of a {state['status']} order",
            state,
            f"salesOrders/{verb}",
            payload,
            "not-a-draft",
        )
        for state in (CONFIRMED, CANCELLED)
        for verb, payload in CHANGES.items()
    ),
    *(
        refused(f"{verb} before created", NOTHING, f"salesOrders/{verb}", payload, "not-created")
        for verb, payload in {**CHANGES, "cancelled": None, "deleted": None}.items()
    ),
]
