from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.smoke.cases.parts import patched
from tests.integration.http.desks import STORES, created_actions, noted_action, ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Answer, Api
    from tests.integration.http.conftest import Start

CLOSED = {"type": "tickets/updated", "payload": {"id": "t001", "status": "closed"}}


@pytest.fixture
def desks(start: Start) -> Api:
    return start(stores=STORES).api()


@pytest.fixture
def small(desks: Api, new_id: Callable[[], str]) -> str:
    """A desk whose state lies in its head; at version 3."""
    path = f"/stores/desks/{new_id()}"
    desks.post(f"{path}/actions", created_actions(3))
    return path


@pytest.fixture
def large(desks: Api, new_id: Callable[[], str]) -> str:
    """A desk of more than 32 KB; at version 100."""
    path = f"/stores/desks/{new_id()}"
    desks.post(f"{path}/actions", created_actions(100))
    return path


def prefer(desks: Api, path: str, preference: str | None, **parts: Any) -> Answer:
    headers = {} if preference is None else {"prefer": f"return={preference}"}
    return desks.post(
        f"{path}/actions", CLOSED, headers={**headers, **parts.pop("headers", {})}, **parts
    )


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_answer_is_what_the_client_prefers(
    desks: Api, size: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(size)
    state = prefer(desks, path, "representation")
    changes = prefer(desks, path, "changes")
    nothing = prefer(desks, path, "minimal")

    after = desks.get(path).json["state"]
    assert state.json["state"] == after
    assert after["tickets"]["entities"]["t001"]["status"] == "closed"
    assert changes.json.keys() == {"store", "id", "version", "since", "changes", "outcomes"}
    assert changes.json["since"] == changes.json["version"] - 1
    assert nothing.json.keys() == {"store", "id", "version", "outcomes"}
    assert [each.headers["preference-applied"] for each in (state, changes, nothing)] == [
        "return=representation",
        "return=changes",
        "return=minimal",
    ]


def test_without_a_preference_a_small_state_is_answered_and_the_changes_of_a_large_one(
    desks: Api, small: str, large: str
) -> None:
    before = desks.get(large).json["state"]

    told, changed = prefer(desks, small, None), prefer(desks, large, None)

    assert told.json["state"] == desks.get(small).json["state"]
    assert patched(before, changed.json["changes"]) == desks.get(large).json["state"]
    assert len(changed.text) < 2048
    for answer in (told, changed):
        assert "preference-applied" not in answer.headers


def test_an_unknown_preference_is_ignored(desks: Api, small: str) -> None:
    answer = prefer(desks, small, "everything")

    assert "state" in answer.json
    assert "preference-applied" not in answer.headers


def test_changes_may_begin_at_the_version_that_the_client_has(desks: Api, large: str) -> None:
    before = desks.get(large).json
    desks.post(f"{large}/actions", [noted_action(1), noted_action(2, 1)])

    answer = prefer(desks, large, "changes", query={"since": str(before["version"])})

    assert answer.json["since"] == before["version"]
    assert patched(before["state"], answer.json["changes"]) == desks.get(large).json["state"]


@pytest.mark.parametrize("since", ["0", "999"])
def test_the_state_is_answered_where_changes_cannot_be_made(
    desks: Api, large: str, since: str
) -> None:
    answer = prefer(desks, large, "changes", query={"since": since})

    assert answer.json["state"] == desks.get(large).json["state"]
    assert "preference-applied" not in answer.headers


@pytest.mark.parametrize("preference", ["changes", "minimal", None])
def test_a_repeated_request_is_answered_as_the_first(
    desks: Api, large: str, preference: str | None
) -> None:
    before = desks.get(large).json
    key = {"idempotency-key": "k"}
    first = prefer(desks, large, preference, headers=key)
    desks.post(f"{large}/actions", noted_action(1))

    again = prefer(desks, large, preference, headers=key, query={"since": str(before["version"])})

    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["outcomes"] == first.json["outcomes"]
    assert again.json.keys() == first.json.keys()
    assert again.json["version"] == before["version"] + 2
    if preference != "minimal":
        assert patched(before["state"], again.json["changes"]) == desks.get(large).json["state"]


def test_a_read_tells_what_changed_after_a_version(desks: Api, large: str) -> None:
    states = {}
    for action in (
        CLOSED,
        noted_action(1, 2, 3),
        {"type": "tickets/deleted", "payload": {"id": "t050"}},
        {"type": "tickets/created", "payload": ticket(500)},
        {"type": "notes/forgotten"},
        {"type": "settings/chosen", "payload": "dark"},
    ):
        read = desks.get(large).json
        states[read["version"]] = read["state"]
        desks.post(f"{large}/actions", action)
    now = desks.get(large)

    for version, state in states.items():
        answer = desks.get(large, query={"since": str(version)})
        assert answer.json.keys() == now.json.keys() - {"state"} | {"since", "changes"}
        assert answer.headers["etag"] == now.headers["etag"]
        assert patched(state, answer.json["changes"]) == now.json["state"]
        assert len(answer.text) < 4096
    unchanged = desks.get(large, query={"since": str(now.json["version"])})
    assert unchanged.json["changes"] == []


def test_a_client_that_has_the_version_gets_304(desks: Api, large: str) -> None:
    read = desks.get(large)

    answer = desks.get(large, query={"since": "7"}, headers={"if-none-match": read.headers["etag"]})

    assert (answer.status, answer.text) == (304, "")


@pytest.mark.parametrize("query", [{"since": "1", "version": "1"}, {"since": "-1"}, {"since": "x"}])
def test_a_wrong_query_is_400(desks: Api, small: str, query: dict[str, str]) -> None:
    assert desks.get(small, query=query).problem == "malformed-request"


def test_a_collection_of_large_states_is_read_and_written(
    desks: Api, new_id: Callable[[], str]
) -> None:
    one = new_id()
    desks.post("/shelves", {"id": one, "name": "first"})
    actions = [
        {"type": "shelves/filled", "payload": [{"id": f"{n}", "text": "x" * 400}]}
        for n in range(50)
    ]
    desks.post(f"/stores/shelves/{one}/actions", actions)

    changed = desks.patch(f"/shelves/{one}", {"name": "second"})

    read = desks.get(f"/shelves/{one}").json
    listed = [item for page in desks.pages("/shelves", limit=100) for item in page]
    assert changed.json == read
    assert (read["name"], len(read["ids"]), read["version"]) == ("second", 50, 52)
    assert read in listed
    assert desks.delete(f"/shelves/{one}").status == 204
    assert desks.get(f"/shelves/{one}").problem == "deleted"
