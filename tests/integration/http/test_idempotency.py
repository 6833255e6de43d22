from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip import testing
from roundtrip.redux import Store, case, create_slice
from tests.integration.http.application import added, added_action, kept, kept_action
from tests.orders import CONFIRMED, CREATED, DELETED, ORDER, line_added
from tests.shop import STORES as SHOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start

KEY = {"idempotency-key": "k-1"}


def test_a_retry_gets_the_first_outcome_and_applies_nothing(notes: Api, stream: str) -> None:
    first = notes.post(f"{stream}/actions", added_action("a"), headers=KEY)

    again = notes.post(f"{stream}/actions", added_action("a"), headers=KEY)

    assert (again.status, again.json) == (first.status, first.json)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(notes.events(stream)) == 1


def test_a_retry_of_what_made_the_stream_gets_201_and_the_location_again(
    notes: Api, stream: str
) -> None:
    notes.post(f"{stream}/actions", kept_action(1), headers=KEY)

    again = notes.post(f"{stream}/actions", kept_action(1), headers=KEY)

    assert (again.status, again.headers["location"]) == (201, stream)


def test_a_retry_of_a_later_action_gets_200(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1))
    notes.post(f"{stream}/actions", kept_action(2), headers=KEY)

    assert notes.post(f"{stream}/actions", kept_action(2), headers=KEY).status == 200


def test_a_retry_in_another_container_is_known_too(notes: Api, other: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", added_action("a"), headers=KEY)

    again = other.post(f"{stream}/actions", added_action("a"), headers=KEY)

    assert again.headers["idempotent-replayed"] == "true"
    assert len(notes.events(stream)) == 1


def test_a_retry_after_other_writes_gets_its_own_outcome_and_the_newest_state(
    notes: Api, stream: str
) -> None:
    first = notes.post(f"{stream}/actions", added_action("a"), headers=KEY)
    notes.post(f"{stream}/actions", added_action("b"))

    again = notes.post(f"{stream}/actions", added_action("a"), headers=KEY)

    assert again.json["outcomes"] == first.json["outcomes"]
    assert again.json["state"] == {"log": ["a", "b"]}
    assert again.json["version"] == 2


def test_a_retry_whose_container_missed_other_writes_is_a_replay(
    notes: Api, other: Api, stream: str
) -> None:
    notes.post(f"{stream}/actions", added_action("a"), headers=KEY)
    other.post(f"{stream}/actions", added_action("b"))

    again = notes.post(f"{stream}/actions", added_action("a"), headers=KEY)

    assert again.headers["idempotent-replayed"] == "true"
    assert (again.json["version"], again.json["state"]) == (2, {"log": ["a", "b"]})


def test_a_retry_after_the_deletion_is_still_answered(api: Api, order_stream: str) -> None:
    first = api.post(f"{order_stream}/actions", CREATED, headers=KEY)
    api.post(f"{order_stream}/actions", DELETED)

    again = api.post(f"{order_stream}/actions", CREATED, headers=KEY)

    assert again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["outcomes"] == first.json["outcomes"]


def test_a_retry_of_the_deletion_is_still_204(api: Api) -> None:
    path = api.post("/sales-orders", ORDER).headers["location"]
    api.delete(path, headers=KEY)

    again = api.delete(path, headers=KEY)

    assert (again.status, again.headers["idempotent-replayed"]) == (204, "true")
    assert api.delete(path).status == 410


def test_a_retry_with_the_now_stale_if_match_is_a_replay(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1))
    headers = {**KEY, "if-match": '"1"'}
    first = notes.post(f"{stream}/actions", kept_action(2), headers=headers)

    again = notes.post(f"{stream}/actions", kept_action(2), headers=headers)

    assert (first.status, again.status) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert notes.get(stream).json["version"] == 2


def test_a_retry_that_would_now_be_rejected_is_a_replay(api: Api, order_stream: str) -> None:
    api.post(f"{order_stream}/actions", CREATED)
    api.post(f"{order_stream}/actions", line_added("cup"), headers=KEY)

    again = api.post(f"{order_stream}/actions", line_added("cup"), headers=KEY)

    assert (again.status, again.headers["idempotent-replayed"]) == (200, "true")


@pytest.mark.parametrize(
    "stricter", [{"added": case(added, payload=int)}, {"kept": case(kept, payload=Any)}]
)
def test_a_retry_that_is_not_valid_any_more_is_a_replay(
    start: Start, notes: Api, stream: str, stricter: dict[str, Any]
) -> None:
    body = [added_action("a"), added_action("b")]
    first = notes.post(f"{stream}/actions", body, headers=KEY)
    changed = create_slice(name="notes", initial_state={}, reducers=stricter)
    later = start(stores=[Store("notes", changed)]).api()

    again = later.post(f"{stream}/actions", body, headers=KEY)

    assert (again.status, again.json) == (first.status, first.json)
    assert again.headers["idempotent-replayed"] == "true"
    for headers in ({}, {"idempotency-key": "k-2"}):
        refused = later.post(f"{stream}/actions", body, headers=headers)
        assert refused.status == 422
        assert refused.json["type"] in {
            "/problems/invalid-payload",
            "/problems/unknown-action-type",
        }
    assert len(notes.events(stream)) == 2


def test_an_invalid_body_under_a_used_key_is_422(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", added_action("a"), headers=KEY)

    refused = notes.post(f"{stream}/actions", {"type": "notes/unheard"}, headers=KEY)

    assert refused.status == 422
    assert refused.json["type"] == "/problems/key-reused"


def test_a_retry_of_a_partly_rejected_array_gets_the_same_outcomes(
    api: Api, order_stream: str
) -> None:
    actions = [CREATED, line_added("tea"), line_added("cup")]
    first = api.post(f"{order_stream}/actions", actions, headers=KEY)

    again = api.post(f"{order_stream}/actions", actions, headers=KEY)

    assert again.json["outcomes"] == first.json["outcomes"]
    assert again.headers["idempotent-replayed"] == "true"


def test_a_rejected_request_leaves_its_key_unused(api: Api, order_stream: str) -> None:
    api.post(f"{order_stream}/actions", {**CREATED, "payload": {**ORDER, "lines": []}})
    rejected = api.post(f"{order_stream}/actions", CONFIRMED, headers=KEY)
    api.post(f"{order_stream}/actions", line_added("cup"))

    later = api.post(f"{order_stream}/actions", CONFIRMED, headers=KEY)

    assert (rejected.status, later.status) == (422, 200)
    assert "idempotent-replayed" not in later.headers


def test_the_same_key_with_another_body_is_422(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1), headers=KEY)

    answer = notes.post(f"{stream}/actions", kept_action(2), headers=KEY)

    assert (answer.status, answer.problem) == (422, "key-reused")
    assert answer.json["retryable"] is False
    assert notes.get(stream).json["version"] == 1


def test_another_body_under_the_key_is_422_even_if_a_rule_refuses_it(
    api: Api, order_stream: str
) -> None:
    api.post(f"{order_stream}/actions", CREATED, headers=KEY)

    answer = api.post(f"{order_stream}/actions", line_added("tea"), headers=KEY)

    assert (answer.status, answer.problem) == (422, "key-reused")


def test_numbers_that_differ_only_in_type_are_another_body(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1), headers=KEY)

    assert notes.post(f"{stream}/actions", kept_action(1.0), headers=KEY).status == 422


def test_white_space_makes_no_other_body(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", body='{"type":"notes/kept","payload":1}', headers=KEY)

    again = notes.post(
        f"{stream}/actions", body=' { "type" : "notes/kept",\n"payload" : 1 }', headers=KEY
    )

    assert again.headers["idempotent-replayed"] == "true"


def test_the_same_key_on_another_stream_is_another_request(
    notes: Api, new_id: Callable[[], str]
) -> None:
    first, second = (
        notes.post(f"/stores/notes/{new_id()}/actions", kept_action(1), headers=KEY)
        for _ in range(2)
    )

    assert (first.status, second.status) == (201, 201)
    assert "idempotent-replayed" not in second.headers


def test_a_creation_without_an_id_retried_with_its_key_gives_the_same_order(
    api: Api, new_id: Callable[[], str]
) -> None:
    key = {"idempotency-key": new_id()}
    first = api.post("/sales-orders", ORDER, headers=key)

    again = api.post("/sales-orders", ORDER, headers=key)

    assert (again.status, again.json) == (201, first.json)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"


def test_a_creation_without_an_id_under_a_used_key_with_another_body_is_422(
    api: Api, new_id: Callable[[], str]
) -> None:
    key = {"idempotency-key": new_id()}
    api.post("/sales-orders", ORDER, headers=key)

    answer = api.post("/sales-orders", {**ORDER, "customer": "Bo"}, headers=key)

    assert (answer.status, answer.problem) == (422, "key-reused")


def test_creations_with_different_keys_are_different_orders(
    api: Api, new_id: Callable[[], str]
) -> None:
    ids = {
        api.post("/sales-orders", ORDER, headers={"idempotency-key": new_id()}).json["id"]
        for _ in range(2)
    }

    assert len(ids) == 2


def test_a_creation_with_an_id_retried_with_its_key_gives_the_same_order(
    api: Api, new_id: Callable[[], str]
) -> None:
    body = {**ORDER, "id": new_id()}
    api.post("/sales-orders", body, headers=KEY)

    again = api.post("/sales-orders", body, headers=KEY)

    assert (again.status, again.headers["idempotent-replayed"]) == (201, "true")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_retried_change_of_the_crud_face_is_applied_once(api: Api, method: str) -> None:
    path = api.post("/sales-orders", ORDER).headers["location"]
    changed = {**ORDER, "customer": "Bo"}
    api.send(method, path, changed, headers=KEY)

    again = api.send(method, path, changed, headers=KEY)

    assert (again.status, again.json["version"]) == (200, 2)
    assert again.headers["idempotent-replayed"] == "true"


def test_a_key_in_quotes_is_the_bare_key(notes: Api, stream: str) -> None:
    notes.post(f"{stream}/actions", kept_action(1), headers={"idempotency-key": '"q"'})

    again = notes.post(f"{stream}/actions", kept_action(1), headers={"idempotency-key": "q"})

    assert again.headers["idempotent-replayed"] == "true"


def test_a_key_may_hold_the_separators_of_item_keys(notes: Api, stream: str) -> None:
    headers = {"idempotency-key": "a#commit#000000000001/b"}
    notes.post(f"{stream}/actions", added_action(1), headers=headers)

    again = notes.post(f"{stream}/actions", added_action(1), headers=headers)

    assert again.headers["idempotent-replayed"] == "true"
    assert notes.get(stream).json["version"] == 1


@pytest.mark.parametrize("key", ["", " ", '""', "a b", "ä", "k" * 256, "tab\there"])
def test_a_key_of_another_form_is_400_and_writes_nothing(notes: Api, stream: str, key: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={"idempotency-key": key})

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert "Idempotency-Key" in answer.json["detail"]
    assert notes.get(stream).status == 404


def test_a_key_whose_receipt_has_expired_creates_another_order() -> None:
    api = testing.Api(SHOP)
    ids = []
    for _ in range(3):
        made, again = (api.post("/sales-orders", ORDER, headers=KEY) for _ in range(2))
        assert (made.status, again.headers.get("idempotent-replayed")) == (201, "true")
        assert made.json == again.json
        ids.append(made.json["id"])
        if len(ids) == 1:
            api.delete(f"/sales-orders/{ids[0]}")
        api.clock.advance(days=90)

    assert len(set(ids)) == 3
    assert api.get(f"/sales-orders/{ids[1]}").json["version"] == 1
