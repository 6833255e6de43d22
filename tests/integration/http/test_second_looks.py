"""What a second, unfriendly look at the contract brought up."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.orders import ORDER, line_added

if TYPE_CHECKING:
    from tests.integration.http.client import Api

ANY = {"if-none-match": "*"}


@pytest.fixture
def order(api: Api) -> str:
    path: str = api.post("/sales-orders", ORDER).headers["location"]
    return path


def test_if_none_match_any_writes_only_where_nothing_is(api: Api, order: str) -> None:
    store = order.replace("/sales-orders", "/stores/salesOrders")
    refused = api.post(f"{store}/actions", line_added("cup"), headers=ANY)
    assert (refused.status, refused.problem) == (412, "version-mismatch")
    assert (refused.json["expectedVersion"], refused.json["currentVersion"]) == (0, 1)

    new = {"type": "salesOrders/created", "payload": ORDER}
    assert api.post(f"{store}-new/actions", new, headers=ANY).status == 201


@pytest.mark.parametrize(
    "headers", [{"if-none-match": '"1"'}, {"if-none-match": "*", "if-match": '"1"'}]
)
def test_a_precondition_that_a_write_cannot_use_is_400(
    api: Api, order: str, headers: dict[str, str]
) -> None:
    answer = api.send("PATCH", order, {"customer": "Bo"}, headers=headers)
    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert api.get(order).json["version"] == 1


@pytest.mark.parametrize("tag", ['W/"1"', '"x"', '"01"'])
def test_a_tag_that_is_no_version_meets_none(api: Api, order: str, tag: str) -> None:
    answer = api.send("PATCH", order, {"customer": "Bo"}, headers={"if-match": tag})
    assert (answer.status, answer.json["expectedVersion"]) == (412, tag)


def test_a_weak_tag_is_refused_with_the_reason(api: Api, order: str) -> None:
    headers = {"if-match": 'W/"1"'}
    detail = api.send("PATCH", order, {"customer": "Bo"}, headers=headers).json["detail"]
    assert detail.endswith(
        "a weak tag never matches (RFC 9110, 13.1.1); "
        "send the tag as the ETag header gave it, without W/."
    )


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_is_no_step_in_a_path(api: Api, name: str) -> None:
    assert api.post("/sales-orders", {**ORDER, "id": name}).status == 400
    assert api.get(f"/sales-orders/{name}").status == 400
    assert api.post("/sales-orders", {**ORDER, "id": name + "."}).status in (201, 400)


@pytest.fixture
def key() -> dict[str, str]:
    return {"idempotency-key": uuid.uuid4().hex}


def test_a_repetition_of_what_was_deleted_since_is_gone(api: Api, key: dict[str, str]) -> None:
    order = api.post("/sales-orders", ORDER, headers=key).headers["location"]
    api.send("DELETE", order)
    again = api.post("/sales-orders", ORDER, headers=key)
    assert (again.status, again.problem) == (410, "deleted")


def test_the_order_of_members_makes_no_other_request(api: Api, key: dict[str, str]) -> None:
    first = api.post("/sales-orders", ORDER, headers=key)
    again = api.post("/sales-orders", dict(reversed(ORDER.items())), headers=key)
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "line",
    [
        {"sku": "tea", "quantity": 2, "unit_price_cents": 450},
        {"sku": "tea", "quantity": 2.0, "unitPriceCents": 450},
        {"sku": "tea", "quantity": True, "unitPriceCents": 450},
    ],
)
def test_a_line_is_what_the_document_says_it_is(api: Api, line: dict[str, Any]) -> None:
    assert api.post("/sales-orders", {**ORDER, "lines": [line]}).status == 422


def test_a_change_of_nothing_is_422(api: Api, order: str) -> None:
    answer = api.send("PATCH", order, {})
    assert (answer.status, answer.problem) == (422, "invalid-payload")
    assert api.get(order).json["version"] == 1
