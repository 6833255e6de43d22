from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import pytest
from pydantic import BaseModel, StringConstraints

from roundtrip import Store, create_entity_slice
from tests.integration.http.desks import STORES, created_actions, ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start


@pytest.fixture
def desks(start: Start) -> Api:
    return start(stores=STORES).api()


@pytest.fixture(params=[0, 3, 100], ids=["new", "inline", "in parts"])
def desk(desks: Api, new_id: Callable[[], str], request: pytest.FixtureRequest) -> str:
    path = f"/stores/desks/{new_id()}"
    if request.param:
        desks.post(f"{path}/actions", created_actions(request.param))
    return path


@pytest.fixture
def tickets(desk: str) -> str:
    return f"{desk}/slices/tickets"


FULL = {"id": "a", "title": "Leak", "status": "open", "labels": {}}


def test_an_entity_is_created_changed_replaced_and_removed(
    desks: Api, desk: str, tickets: str
) -> None:
    created = desks.post(tickets, {"id": "a", "title": "Leak"})
    changed = desks.patch(f"{tickets}/a", {"status": "closed", "labels": {"urgent": 1}})
    replaced = desks.put(f"{tickets}/a", {"id": "a", "title": "Fixed"})
    read = desks.get(f"{tickets}/a")
    removed = desks.delete(f"{tickets}/a")

    assert (created.status, created.json) == (201, FULL)
    assert created.headers["location"] == f"{tickets}/a"
    assert (changed.status, changed.json) == (
        200,
        {**FULL, "status": "closed", "labels": {"urgent": 1}},
    )
    assert (replaced.status, replaced.json) == (200, {**FULL, "title": "Fixed"})
    assert read.json == replaced.json
    assert read.headers["etag"] == replaced.headers["etag"]
    assert (removed.status, removed.text) == (204, "")
    assert desks.get(f"{tickets}/a").problem == "entity-not-found"
    assert [event["type"] for event in desks.events(desk)[-4:]] == [
        "tickets/created",
        "tickets/updated",
        "tickets/replaced",
        "tickets/deleted",
    ]


def test_what_is_not_there_cannot_be_changed(desks: Api, desk: str, tickets: str) -> None:
    before = desks.get(desk).text
    answers = [
        desks.put(f"{tickets}/a", {"title": "x"}),
        desks.patch(f"{tickets}/a", {"title": "x"}),
        desks.delete(f"{tickets}/a"),
    ]

    assert {(answer.status, answer.problem) for answer in answers} == {(404, "entity-not-found")}
    assert desks.get(desk).text == before


def test_what_is_there_cannot_be_created_again(desks: Api, tickets: str) -> None:
    desks.post(tickets, FULL)

    again = desks.post(tickets, FULL)

    assert (again.status, again.json["code"]) == (422, "already-exists")


def test_a_new_entity_gets_an_id(desks: Api, tickets: str) -> None:
    one, two = (desks.post(tickets, {"title": "x"}) for _ in range(2))

    assert one.json["id"] != two.json["id"]
    assert one.headers["location"] == f"{tickets}/{one.json['id']}"


def test_the_answer_is_about_the_id_that_the_model_makes(
    start: Start, new_id: Callable[[], str]
) -> None:
    class Tag(BaseModel):
        id: Annotated[str, StringConstraints(to_lower=True)]
        text: str

    api = start(stores=[Store("tagged", create_entity_slice("tags", Tag))]).api()
    tags = f"/stores/tagged/{new_id()}/slices/tags"

    made = api.post(tags, {"id": "A", "text": "x"})
    changed = api.patch(f"{tags}/A", {"text": "y"})

    assert (made.status, made.json, made.headers["location"]) == (
        201,
        {"id": "a", "text": "x"},
        f"{tags}/a",
    )
    assert (changed.status, changed.json) == (200, {"id": "a", "text": "y"})


def test_an_entity_whose_id_has_a_slash_is_changed(desks: Api, desk: str, tickets: str) -> None:
    desks.post(f"{desk}/actions", {"type": "tickets/created", "payload": {**FULL, "id": "a/b"}})

    assert desks.patch(f"{tickets}/a/b", {"title": "y"}).json == {**FULL, "id": "a/b", "title": "y"}
    assert desks.delete(f"{tickets}/a/b").status == 204


def test_a_repeated_creation_of_what_was_removed_since_is_404(desks: Api, tickets: str) -> None:
    key = {"idempotency-key": "k"}
    desks.post(tickets, FULL, headers=key)
    desks.delete(f"{tickets}/a")

    assert desks.post(tickets, FULL, headers=key).problem == "entity-not-found"


def test_a_repeated_creation_tells_the_same_entity(desks: Api, tickets: str) -> None:
    key = {"idempotency-key": "k"}
    first = desks.post(tickets, {"title": "x"}, headers=key)
    desks.patch(f"{tickets}/{first.json['id']}", {"title": "y"})

    again = desks.post(tickets, {"title": "x"}, headers=key)

    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status, again.json) == (201, {**first.json, "title": "y"})
    assert again.headers["location"] == first.headers["location"]
    assert desks.post(tickets, {"title": "z"}, headers=key).problem == "key-reused"


def test_a_write_may_be_bound_to_a_version(desks: Api, tickets: str) -> None:
    tag = desks.post(tickets, FULL).headers["etag"]
    desks.patch(f"{tickets}/a", {"title": "y"})

    late = desks.patch(f"{tickets}/a", {"title": "z"}, headers={"if-match": tag})

    assert late.problem == "version-mismatch"
    assert desks.get(f"{tickets}/a").json["title"] == "y"


@pytest.mark.parametrize(
    ("method", "path", "body", "problem", "said"),
    [
        ("POST", "", {"id": "b", "title": ""}, "invalid-payload", "/title"),
        ("POST", "", [], "invalid-payload", "object"),
        ("POST", "", {"id": 7, "title": "x"}, "malformed-request", "body.id"),
        ("POST", "", {"id": "a b", "title": "x"}, "malformed-request", "id"),
        ("PUT", "/a", {}, "invalid-payload", "/title"),
        ("PUT", "/a", {"id": "b", "title": "x"}, "malformed-request", "body.id"),
        ("PATCH", "/a", {"status": "lost"}, "invalid-payload", "/status"),
        ("PATCH", "/a", {"other": 1}, "invalid-payload", "/other"),
        ("PATCH", "/a", {"title": None}, "invalid-payload", "/title"),
    ],
)
def test_a_wrong_body_is_refused(
    desks: Api, tickets: str, method: str, path: str, body: object, problem: str, said: str
) -> None:
    desks.post(tickets, FULL)

    answer = desks.send(method, f"{tickets}{path}", body)

    assert answer.problem == problem
    assert said in answer.json["detail"]
    assert desks.get(f"{tickets}/a").json == FULL


@pytest.mark.parametrize("slice_", ["notes", "settings"])
def test_a_slice_without_these_actions_is_only_read(desks: Api, desk: str, slice_: str) -> None:
    answer = desks.post(f"{desk}/slices/{slice_}", {})

    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_entities_and_actions_are_two_faces_of_one_stream(desks: Api, tickets: str) -> None:
    desks.post(tickets, ticket(700))
    action = {"type": "tickets/updated", "payload": {"id": "t700", "status": "closed"}}

    desks.post(f"{tickets.removesuffix('/slices/tickets')}/actions", action)

    assert desks.get(f"{tickets}/t700").json["status"] == "closed"
