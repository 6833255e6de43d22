from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.http.application import STORES, kept_action
from tests.integration.http.dynamo import disturbed, kept
from tests.orders import ORDER

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.connection import Answer
    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start


@pytest.fixture
def shop(start: Start, empty_table: str) -> Api:
    """The application on a table of its own."""
    return start(table=empty_table).api()


def make_orders(api: Api, names: list[str]) -> None:
    for name in names:
        assert api.post("/sales-orders", {**ORDER, "id": name}).status == 201


def ids(pages: list[list[dict[str, Any]]]) -> list[str]:
    return [item["id"] for page in pages for item in page]


def test_an_empty_list_has_no_items_and_no_next(shop: Api) -> None:
    assert shop.get("/sales-orders").json == {"items": [], "next": None}
    assert shop.get("/stores/salesOrders").json == {
        "store": "salesOrders",
        "items": [],
        "next": None,
    }


def test_orders_are_listed_newest_first_as_they_are_read(shop: Api) -> None:
    made = [shop.post("/sales-orders", ORDER).json for _ in range(3)]

    assert shop.get("/sales-orders").json["items"] == made[::-1]


def test_streams_are_listed_without_their_state(shop: Api) -> None:
    order = shop.post("/sales-orders", {**ORDER, "id": "a"}).json

    assert shop.get("/stores/salesOrders").json["items"] == [
        {name: order[name] for name in ("id", "version", "createdAt", "updatedAt")}
    ]


@pytest.mark.parametrize("path", ["/sales-orders", "/stores/salesOrders"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_join_without_omission_or_repetition(shop: Api, path: str, limit: int) -> None:
    names = [f"o{number}" for number in range(7)]
    make_orders(shop, names)

    pages = shop.pages(path, limit=limit)

    assert ids(pages) == names[::-1]
    assert all(len(page) == limit for page in pages[:-1])


def test_a_list_goes_on_past_one_batch_of_reads(shop: Api) -> None:
    names = [f"o{number:02}" for number in range(60)]
    make_orders(shop, names)

    assert ids(shop.pages("/sales-orders", limit=55)) == names[::-1]


def test_deleted_orders_are_never_listed(shop: Api) -> None:
    names = [f"o{number}" for number in range(6)]
    make_orders(shop, names)
    for name in ("o0", "o3", "o5"):
        assert shop.delete(f"/sales-orders/{name}").status == 204

    assert ids(shop.pages("/sales-orders", limit=2)) == ["o4", "o2", "o1"]
    assert ids(shop.pages("/stores/salesOrders", limit=1)) == ["o4", "o2", "o1"]


def test_an_order_that_a_late_index_still_lists_after_its_deletion_is_not_shown(
    start: Start, empty_table: str
) -> None:
    container = start(table=empty_table)
    api = container.api()
    make_orders(api, ["a", "b"])
    found: list[Answer] = []
    with kept(container.client, "Query", found):
        api.get("/sales-orders")
    api.delete("/sales-orders/b")
    with disturbed(container.client, "Query", lambda: found[0]):
        assert ids([api.get("/sales-orders").json["items"]]) == ["a"]


def test_a_change_does_not_move_an_order_in_the_list(shop: Api) -> None:
    make_orders(shop, ["a", "b", "c"])
    shop.patch("/sales-orders/a", {"customer": "Bo"})

    assert ids(shop.pages("/sales-orders", limit=10)) == ["c", "b", "a"]


def test_orders_made_between_pages_neither_repeat_nor_hide_others(shop: Api) -> None:
    make_orders(shop, ["a", "b", "c", "d"])
    first = shop.get("/sales-orders", query={"limit": "2"}).json
    make_orders(shop, ["e", "f"])

    second = shop.get("/sales-orders", query={"limit": "2", "cursor": first["next"]}).json

    assert ids([first["items"], second["items"]]) == ["d", "c", "b", "a"]


def test_an_order_deleted_between_pages_does_not_hide_others(shop: Api) -> None:
    make_orders(shop, ["a", "b", "c", "d"])
    first = shop.get("/sales-orders", query={"limit": "2"}).json
    # The cursor names c, which is then no longer there.
    shop.delete("/sales-orders/c")

    second = shop.get("/sales-orders", query={"limit": "2", "cursor": first["next"]}).json

    assert ids([second["items"]]) == ["b", "a"]


def test_a_list_shows_only_its_own_store(shop: Api) -> None:
    make_orders(shop, ["a"])
    shop.post("/contacts", {"id": "b", "name": "Ada"})

    assert ids(shop.pages("/sales-orders", limit=10)) == ["a"]
    assert ids(shop.pages("/contacts", limit=10)) == ["b"]


def test_a_page_of_large_states_is_shorter_and_the_next_goes_on(
    start: Start, empty_table: str
) -> None:
    api = start(stores=STORES, table=empty_table).api()
    for number in range(4):
        path = f"/stores/notes/n{number}/actions"
        assert api.post(path, kept_action(str(number) * 900_000)).status == 201

    pages = api.pages("/stores/notes", limit=10)

    assert len(pages) > 1
    assert ids(pages) == ["n3", "n2", "n1", "n0"]


def test_large_orders_are_listed_within_what_lambda_can_return(shop: Api) -> None:
    letters = random.Random(1)  # noqa: S311
    lines = [
        {"sku": f"{letters.getrandbits(250):x}", "quantity": 1, "unitPriceCents": 1}
        for _ in range(500)
    ]
    for number in range(40):
        shop.post("/sales-orders", {**ORDER, "id": f"o{number}", "lines": lines})

    assert len(ids(shop.pages("/sales-orders", limit=100))) == 40


def cursor(text: str) -> str:
    return text.replace("#", "~")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"cursor": ""},
        {"cursor": "x"},
        {"cursor": "é"},
        {"cursor": "====="},
        {"cursor": cursor("2026-01-01T00:00:00.000Z")},
        {"cursor": cursor("2026-01-01T00:00:00.000Z#")},
        {"cursor": cursor("2026-01-01T00:00:00.000Z#a#b")},
        {"cursor": cursor("2026-01-01T00:00:00.000Z#" + "a" * 129)},
        {"cursor": cursor("tenant:b#salesOrders#00000#a")},
        {"page": "2"},
    ],
)
@pytest.mark.parametrize("path", ["/sales-orders", "/stores/salesOrders"])
def test_a_query_of_a_list_of_another_form_is_400(
    api: Api, path: str, query: dict[str, str]
) -> None:
    answer = api.get(path, query=query)

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert next(iter(query)) in answer.json["detail"]
