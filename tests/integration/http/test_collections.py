from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.orders import CONFIRMED, ORDER, line_added

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api


@pytest.fixture
def order(api: Api) -> str:
    """The id of an order."""
    made: str = api.post("/sales-orders", ORDER).json["id"]
    return made


def test_a_creation_is_201_with_location_etag_and_the_order(api: Api) -> None:
    answer = api.post("/sales-orders", ORDER)

    order = answer.json
    assert (answer.status, answer.headers["etag"][:3]) == (201, '"1.')
    assert answer.headers["location"] == f"/sales-orders/{order['id']}"
    assert (order["customer"], order["status"], order["totalCents"]) == ("Ada", "draft", 900)
    assert order["version"] == 1


def test_the_server_makes_a_uuid_of_version_7_where_no_id_is_given(api: Api) -> None:
    made = uuid.UUID(api.post("/sales-orders", ORDER).json["id"])

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_a_creation_takes_the_id_it_is_given(api: Api, new_id: Callable[[], str]) -> None:
    mine = f"Az09._-{new_id()}"

    assert api.post("/sales-orders", {**ORDER, "id": mine}).json["id"] == mine
    assert api.get(f"/sales-orders/{mine}").status == 200


def test_a_creation_of_an_id_that_exists_is_422(api: Api, order: str) -> None:
    answer = api.post("/sales-orders", {**ORDER, "id": order})

    assert (answer.status, answer.json["code"]) == (422, "already-exists")
    assert answer.json["currentVersion"] == 1


def test_a_read_gives_what_the_write_answered(api: Api) -> None:
    made = api.post("/sales-orders", ORDER)

    read = api.get(made.headers["location"])

    assert (read.status, read.json) == (200, made.json)
    assert read.headers["etag"] == made.headers["etag"]


def test_patch_sets_some_fields(api: Api, order: str) -> None:
    answer = api.patch(f"/sales-orders/{order}", {"customer": "Bo"})

    assert (answer.status, answer.headers["etag"][:3]) == (200, '"2.')
    assert (answer.json["customer"], answer.json["currency"]) == ("Bo", "EUR")
    assert len(answer.json["lines"]) == 1


def test_put_sets_every_field(api: Api, order: str) -> None:
    answer = api.put(f"/sales-orders/{order}", {"customer": "Bo", "currency": "USD"})

    assert answer.status == 200
    assert (answer.json["customer"], answer.json["lines"]) == ("Bo", [])
    assert answer.json["totalCents"] == 0


def test_put_needs_every_field(api: Api, order: str) -> None:
    answer = api.put(f"/sales-orders/{order}", {"customer": "Bo"})

    assert (answer.status, answer.problem) == (422, "invalid-payload")
    assert [error["loc"] for error in answer.json["errors"]] == ["/currency"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_of_what_never_was_is_404(api: Api, method: str) -> None:
    body: dict[str, Any] = {} if method == "DELETE" else {"json": ORDER}

    answer = api.send(method, "/sales-orders/never-was", **body)

    assert (answer.status, answer.problem) == (404, "stream-not-found")


def test_a_deletion_is_204_without_a_body(api: Api, order: str) -> None:
    answer = api.delete(f"/sales-orders/{order}")

    assert (answer.status, answer.text, answer.headers["etag"][:3]) == (204, "", '"2.')


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_deleted_order_is_410_and_tells_its_version(api: Api, order: str, method: str) -> None:
    api.delete(f"/sales-orders/{order}")
    body: dict[str, Any] = {"json": ORDER} if method in {"PUT", "PATCH"} else {}

    answer = api.send(method, f"/sales-orders/{order}", **body)

    assert (answer.status, answer.problem) == (410, "deleted")
    assert answer.json["currentVersion"] == 2


def test_a_deleted_id_cannot_be_created_again(api: Api, order: str) -> None:
    api.delete(f"/sales-orders/{order}")

    assert api.post("/sales-orders", {**ORDER, "id": order}).status == 410


def test_a_deleted_stream_takes_no_actions_and_gives_no_state(api: Api, order: str) -> None:
    api.delete(f"/sales-orders/{order}")

    assert api.get(f"/stores/salesOrders/{order}").status == 410
    assert api.post(f"/stores/salesOrders/{order}/actions", line_added("cup")).status == 410


def test_every_write_of_the_crud_face_is_an_action_in_the_log(api: Api, order: str) -> None:
    api.patch(f"/sales-orders/{order}", {"customer": "Bo"})
    api.put(f"/sales-orders/{order}", {"customer": "Cy", "currency": "USD"})
    api.delete(f"/sales-orders/{order}")

    events = api.events(f"/stores/salesOrders/{order}")

    assert [(event["type"], event.get("payload")) for event in events] == [
        ("salesOrders/created", ORDER),
        ("salesOrders/updated", {"customer": "Bo"}),
        ("salesOrders/updated", {"customer": "Cy", "currency": "USD", "lines": []}),
        ("salesOrders/deleted", None),
    ]


def test_the_crud_face_and_the_store_show_one_order(api: Api, order: str) -> None:
    api.post(f"/stores/salesOrders/{order}/actions", line_added("cup"))

    shown = api.get(f"/sales-orders/{order}").json
    state = api.get(f"/stores/salesOrders/{order}").json["state"]

    assert shown == shown | state
    assert shown["version"] == 2


def test_a_business_rule_refuses_over_the_crud_face_too(api: Api, order: str) -> None:
    api.post(f"/stores/salesOrders/{order}/actions", CONFIRMED)

    change = api.patch(f"/sales-orders/{order}", {"customer": "Bo"})
    deletion = api.delete(f"/sales-orders/{order}")

    assert (change.status, change.json["code"]) == (422, "not-a-draft")
    assert change.json["details"] == {"status": "confirmed"}
    assert (deletion.status, deletion.json["code"]) == (422, "order-confirmed")


def test_errors_name_every_field_at_fault(api: Api) -> None:
    lines = [{"sku": "", "quantity": "2", "unitPriceCents": 1.5, "x": 1}]

    answer = api.post("/sales-orders", {"customer": "Ada", "currency": "eur", "lines": lines})

    assert (answer.status, answer.problem) == (422, "invalid-payload")
    assert {error["loc"] for error in answer.json["errors"]} == {
        "/currency",
        "/lines/0/sku",
        "/lines/0/quantity",
        "/lines/0/unitPriceCents",
        "/lines/0/x",
    }
    assert all(error["code"] and error["detail"] for error in answer.json["errors"])


@pytest.mark.parametrize("wrong", [5, None, ["a"], {"a": 1}, True])
def test_an_id_that_is_no_text_is_400(api: Api, wrong: object) -> None:
    answer = api.post("/sales-orders", {**ORDER, "id": wrong})

    assert (answer.status, answer.problem) == (400, "malformed-request")


@pytest.mark.parametrize("body", [[], "text", 5, None, True, [ORDER]])
def test_a_body_that_is_no_object_is_422(api: Api, body: object) -> None:
    assert api.post("/sales-orders", body).status == 422


def test_a_contact_is_made_changed_read_and_deleted(api: Api) -> None:
    path = api.post("/contacts", {"name": "Ada"}).headers["location"]
    changed = api.patch(path, {"email": "ada@example.org"})

    assert (changed.json["name"], changed.json["email"]) == ("Ada", "ada@example.org")
    assert api.get(path).json == changed.json
    assert api.delete(path).status == 204
    assert api.get(path).status == 410
