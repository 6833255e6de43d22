"""Lists, among whatever else there is."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.smoke.orders import ORDER, order_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api

_ORDERS: Final = 3
_PAGE: Final = 2
# Newest first: only what others make meanwhile can stand before ours.
_MOST_PAGES: Final = 50
# The index follows the table, as a rule within a second:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
_INDEX_ATTEMPTS: Final = 10
_INDEX_PAUSE_S: Final = 1.0


def lists(api: Api) -> None:
    """Both lists page through orders, newest first, and forget what is deleted."""
    made = [
        api.post("/sales-orders", {**ORDER, "id": api.new_id()}).expect(HTTPStatus.CREATED).document
        for _ in range(_ORDERS)
    ]
    made.sort(key=lambda order: (order["createdAt"], order["id"]), reverse=True)
    ids = [order["id"] for order in made]
    shown = _shown(api, "/sales-orders", ids)
    first = api.get("/sales-orders", query={"limit": "1"}).expect(HTTPStatus.OK)
    first.require("the orders as listed", made, shown)

    about = ("id", "version", "createdAt", "updatedAt")
    streams = [{name: order[name] for name in about} for order in made]
    listed = _shown(api, "/stores/salesOrders", ids)
    first.require("the streams as listed", streams, listed)

    for order in ids:
        api.delete(order_path(order)).expect(HTTPStatus.NO_CONTENT)
    newest = api.get("/sales-orders", query={"limit": "100"}).expect(HTTPStatus.OK)
    left = [item["id"] for item in newest.document["items"] if item["id"] in ids]
    newest.require("the deleted orders that it lists", [], left)


def _shown(api: Api, path: str, ids: list[str]) -> list[dict[str, Any]]:
    """Return these of the listed, in the list's order, as soon as all are listed."""
    found: list[dict[str, Any]] = []
    for attempt in range(_INDEX_ATTEMPTS):
        if attempt:
            time.sleep(_INDEX_PAUSE_S)
        found = []
        for page in _pages(api, path):
            found += [item for item in page.document["items"] if item["id"] in ids]
            if len(found) >= len(ids):
                return found
    return found


def _pages(api: Api, path: str) -> Iterator[Answer]:
    query = {"limit": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        page = api.get(path, query=query).expect(HTTPStatus.OK)
        if len(page.document["items"]) > _PAGE:
            raise page.failure(f"at most {_PAGE} items")
        yield page
        if page.document["next"] is None:
            return
        query["cursor"] = page.document["next"]
