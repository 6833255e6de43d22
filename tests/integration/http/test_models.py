"""What models, validators and deletions of an application can do to the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from roundtrip import Store, combine_reducers, create_crud_slice, create_slice

if TYPE_CHECKING:
    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start
    from tests.integration.http.logged import Logged


class Price(BaseModel):
    cents: int
    currency: str = "USD"


def hundredfold(value: int) -> int:
    if value == 13:
        raise ZeroDivisionError("of the application")
    return value * 100


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    amount: Annotated[int, Field(le=100), AfterValidator(hundredfold)] = 1
    price: Price | None = None
    labels: dict[str, int] = {}
    tags: list[str] = []
    note: str = ""
    low: int = 0
    high: int = 10

    @model_validator(mode="after")
    def in_order(self) -> Item:
        if self.low > self.high:
            raise ValueError("low exceeds high")
        return self


class Stricter(Item):
    name: Annotated[str, Field(max_length=3)]


items = create_crud_slice("items", Item)
ITEMS = Store("items", items, collection="items")
STRICTER = Store("items", create_crud_slice("items", Stricter), collection="items")

lamp = create_slice(
    name="lamp", initial_state={"on": False}, reducers={"switched": lambda state, _: {**state}}
)
listening = create_slice(
    name="listening",
    initial_state=0,
    reducers={},
    extra_reducers={"items/deleted": lambda state, _: state + 1},
)
HOUSE = Store("house", combine_reducers({"items": items, "lamp": lamp, "listening": listening}))

MERGE_PATCH = {"content-type": "application/merge-patch+json"}


@pytest.fixture
def api(start: Start, empty_table: str) -> Api:
    return start(stores=[ITEMS, HOUSE], table=empty_table).api()


def made(api: Api, **fields: Any) -> str:
    answer = api.post("/items", {"name": "pen", **fields})
    assert answer.status == 201
    return f"/items/{answer.json['id']}"


def test_a_validator_runs_once_whatever_the_request(api: Api) -> None:
    item = made(api, amount=5)
    assert api.get(item).json["amount"] == 500
    for method, body in (("PATCH", {"amount": 5}), ("PUT", {"name": "pen", "amount": 5})):
        assert api.send(method, item, body).json["amount"] == 500
    # What a validator returns need not be valid again when another field changes.
    assert api.send("PATCH", item, {"note": "a"}).json["amount"] == 500


@pytest.mark.parametrize(
    ("patch", "field", "expected"),
    [
        ({"price": {"cents": 2}}, "price", {"cents": 2, "currency": "EUR"}),
        ({"price": None}, "price", None),
        ({"price": {"currency": None}}, "price", {"cents": 1, "currency": "USD"}),
        ({"labels": {"a": None, "c": 3}}, "labels", {"b": 2, "c": 3}),
        ({"tags": ["z"]}, "tags", ["z"]),
        ({"note": None}, "note", ""),
        ({"labels": None}, "labels", {}),
    ],
    ids=str,
)
def test_a_patch_is_a_merge_patch_at_every_depth(
    api: Api, patch: Any, field: str, expected: Any
) -> None:
    price = {"cents": 1, "currency": "EUR"}
    item = made(api, price=price, labels={"a": 1, "b": 2}, tags=["x", "y"], note="n")

    answer = api.send("PATCH", item, patch, headers=MERGE_PATCH)

    assert (answer.status, answer.json[field]) == (200, expected)
    assert api.get(item).json == answer.json


def test_a_put_replaces_at_every_depth(api: Api) -> None:
    item = made(api, price={"cents": 1, "currency": "EUR"}, labels={"a": 1})

    answer = api.send("PUT", item, {"name": "pen", "price": {"cents": 2}, "labels": {"b": 2}})

    assert answer.json["price"] == {"cents": 2, "currency": "USD"}
    assert answer.json["labels"] == {"b": 2}


@pytest.mark.parametrize(
    ("patch", "place"), [({"low": 11}, ""), ({"price": {"currency": "EUR"}}, "/price/cents")]
)
def test_a_patch_that_makes_the_entity_invalid_is_422(api: Api, patch: Any, place: str) -> None:
    item = made(api)

    answer = api.send("PATCH", item, patch)

    assert (answer.status, answer.json["code"]) == (422, "invalid-entity")
    assert answer.json["details"]["errors"][0]["loc"] == place
    assert api.get(item).json["version"] == 1


def test_a_fault_from_before_the_model_changed_can_be_corrected(
    start: Start, empty_table: str
) -> None:
    item = made(start(stores=[ITEMS], table=empty_table).api(), name="pencil")
    stricter = start(stores=[STRICTER], table=empty_table).api()

    assert stricter.send("PATCH", item, {"note": "a"}).status == 200
    assert stricter.send("PATCH", item, {"name": "pencils"}).status == 422
    assert stricter.send("PATCH", item, {"name": "pen"}).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_keyed_request_is_repeated_after_the_model_became_stricter(
    start: Start, empty_table: str, method: str
) -> None:
    earlier = start(stores=[ITEMS], table=empty_table).api()
    path = "/items" if method == "POST" else made(earlier)
    body = None if method == "DELETE" else {"name": "pencil"}
    key = {"idempotency-key": "k"}
    first = earlier.send(method, path, body, headers=key)
    stricter = start(stores=[STRICTER], table=empty_table).api()

    again = stricter.send(method, path, body, headers=key)

    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    if body:
        other = stricter.send(method, path, body, headers={"idempotency-key": "other"})
        assert (other.status, other.problem) == (422, "invalid-payload")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_validator_that_breaks_is_422_named_logged_and_counted(
    logged: Logged, start: Start, method: str
) -> None:
    api = start(stores=[ITEMS]).api()
    path = "/items" if method == "POST" else made(api)
    logged.text()

    answer = api.send(method, path, {"name": "pen", "amount": 13})

    assert (answer.status, answer.problem) == (422, "invalid-payload")
    assert answer.json["errors"][0]["loc"] == "/amount"
    lines = logged.lines()
    (failure,) = [line for line in lines if line.get("level") == "ERROR"]
    assert "in hundredfold" in json.dumps(failure["exception"])
    assert [line["ReducerFailures"] for line in lines if "ReducerFailures" in line] == [1]


@pytest.mark.parametrize("verb", ["created", "updated", "deleted"])
def test_a_deleted_part_stays_deleted_and_the_others_go_on(api: Api, verb: str) -> None:
    def dispatch(kind: str, payload: Any = None) -> Any:
        return api.post("/stores/house/a/actions", {"type": kind, "payload": payload})

    dispatch("items/created", {"name": "pen"})
    dispatch("items/deleted")

    answer = dispatch(f"items/{verb}", None if verb == "deleted" else {"name": "pen"})

    assert (answer.status, answer.json["code"]) == (422, "deleted")
    state = dispatch("lamp/switched").json["state"]
    assert (state["items"], state["listening"]) == ({"$deleted": True}, 1)
