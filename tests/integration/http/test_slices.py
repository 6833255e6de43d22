from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.http.desks import STORES, created_actions, noted_action, ticket
from tests.integration.http.dynamo import sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start


@pytest.fixture
def desks(start: Start) -> Api:
    return start(stores=STORES).api()


@pytest.fixture(params=[3, 100], ids=["inline", "in parts"])
def desk(desks: Api, new_id: Callable[[], str], request: pytest.FixtureRequest) -> str:
    path = f"/stores/desks/{new_id()}"
    desks.post(f"{path}/actions", created_actions(request.param))
    desks.post(f"{path}/actions", noted_action(1, 2))
    return path


def pages(desks: Api, path: str, **query: str) -> list[dict[str, Any]]:
    found = [desks.get(path, query=query).json]
    while found[-1]["next"] is not None:
        found.append(desks.get(path, query={**query, "cursor": found[-1]["next"]}).json)
    return found


def test_a_slice_is_a_part_of_the_state(desks: Api, desk: str) -> None:
    whole = desks.get(desk)

    for name in ("tickets", "notes", "settings"):
        answer = desks.get(f"{desk}/slices/{name}")
        assert answer.json == {
            "store": "desks",
            "id": whole.json["id"],
            "version": whole.json["version"],
            "slice": name,
            "state": whole.json["state"][name],
        }
        assert answer.headers["etag"] == whole.headers["etag"]


def test_entities_are_read_in_pages_and_alone(desks: Api, desk: str) -> None:
    tickets = desks.get(desk).json["state"]["tickets"]

    found = pages(desks, f"{desk}/slices/tickets", limit="2")

    entities = [tickets["entities"][each] for each in tickets["ids"]]
    assert [item for page in found for item in page["items"]] == entities
    assert {len(page["items"]) for page in found[:-1]} == {2}
    assert found[0].keys() == {"store", "id", "version", "slice", "rest", "items", "next"}
    assert desks.get(f"{desk}/slices/notes", query={"limit": "1"}).json["rest"] == {"latest": "n2"}
    for entity in entities[::20]:
        assert desks.get(f"{desk}/slices/tickets/{entity['id']}").json == entity


def test_pages_go_on_where_they_ended_whatever_was_written_meanwhile(desks: Api, desk: str) -> None:
    path = f"{desk}/slices/tickets"
    first = desks.get(path, query={"limit": "2"}).json
    desks.post(
        f"{desk}/actions",
        [
            {"type": "tickets/deleted", "payload": {"id": "t000"}},
            {"type": "tickets/created", "payload": ticket(900)},
            {"type": "tickets/created", "payload": ticket(0)},
        ],
    )

    second = pages(desks, path, cursor=first["next"])

    ids = [item["id"] for page in [first, *second] for item in page["items"]]
    now = desks.get(path).json["state"]["ids"]
    assert ids == ["t000", *now]


def test_a_page_after_an_entity_that_is_gone_goes_on_behind_it(
    desks: Api, new_id: Callable[[], str]
) -> None:
    desk = f"/stores/desks/{new_id()}"
    desks.post(f"{desk}/actions", created_actions(100))
    path = f"{desk}/slices/tickets"
    first = desks.get(path, query={"limit": "2"}).json
    desks.delete(f"{path}/t001")

    assert desks.get(path, query={"cursor": first["next"]}).json["items"][0]["id"] == "t002"


@pytest.mark.parametrize(
    "name", ["a/b", "a//b/", "/", "a b", "%2F", "é/日本", "~", 'q"\\', "\u2028", "actions", "../.."]
)
def test_an_entity_of_any_id_is_read_alone(desks: Api, desk: str, name: str) -> None:
    noted = {"id": name, "text": name}
    desks.post(f"{desk}/actions", {"type": "notes/noted", "payload": [noted]})

    # API Gateway decodes the path.
    assert desks.get(f"{desk}/slices/notes/{name}").json == noted


@pytest.mark.parametrize("tag", ["*", None])
def test_what_is_not_there_is_not_unmodified(desks: Api, desk: str, tag: str | None) -> None:
    known = {"if-none-match": tag or desks.get(desk).headers["etag"]}

    for path in ("tickets/t999", "settings/theme", "nothing"):
        assert desks.get(f"{desk}/slices/{path}", headers=known).status == 404


def test_a_reader_with_the_version_gets_304(desks: Api, desk: str) -> None:
    known = {"if-none-match": desks.get(desk).headers["etag"]}

    for path in ("tickets", "settings", "tickets/t001"):
        answer = desks.get(f"{desk}/slices/{path}", headers=known)
        assert (answer.status, answer.text) == (304, "")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("slices/nothing", "slice-not-found"),
        ("slices/nothing/t001", "slice-not-found"),
        ("slices/tickets/t999", "entity-not-found"),
        ("slices/settings/theme", "entity-not-found"),
        ("slices/settings?limit=1", "malformed-request"),
        ("slices/tickets?limit=0", "malformed-request"),
        ("slices/tickets?cursor=x", "malformed-request"),
        ("slices/tickets/t001?limit=1", "malformed-request"),
    ],
)
def test_what_is_not_there_has_a_problem_of_its_own(
    desks: Api, desk: str, path: str, problem: str
) -> None:
    assert desks.get(f"{desk}/{path}").problem == problem


def test_a_stream_without_events_has_no_slices(desks: Api, new_id: Callable[[], str]) -> None:
    assert desks.get(f"/stores/desks/{new_id()}/slices/tickets").problem == "stream-not-found"


@pytest.mark.parametrize("count", [3, 100])
def test_a_store_of_one_slice_has_that_slice(
    desks: Api, new_id: Callable[[], str], count: int
) -> None:
    queue = f"/stores/queues/{new_id()}"
    desks.post(f"{queue}/actions", created_actions(count))

    state = desks.get(f"{queue}/slices/tickets").json["state"]

    assert state == desks.get(queue).json["state"]
    assert len(pages(desks, f"{queue}/slices/tickets", limit="30")) == -(-count // 30)
    assert desks.get(f"{queue}/slices/tickets/t001").json == state["entities"]["t001"]
    assert desks.get(f"{queue}/slices/queues").problem == "slice-not-found"


def test_a_reader_with_the_version_costs_one_read(start: Start, new_id: Callable[[], str]) -> None:
    one = new_id()
    api = start(stores=STORES).api()
    api.post("/shelves", {"id": one, "name": "first"})
    filled = [{"id": f"{n}", "text": "x" * 400} for n in range(100)]
    api.post(f"/stores/shelves/{one}/actions", {"type": "shelves/filled", "payload": filled})

    for path in (
        f"/stores/shelves/{one}",
        f"/stores/shelves/{one}/slices/shelves",
        f"/shelves/{one}",
    ):
        known = {"if-none-match": api.get(path).headers["etag"]}
        cold = start(stores=STORES)
        with sent(cold.client) as operations:
            assert cold.api().get(path, headers=known).status == 304
        assert operations == ["GetItem"]


def test_an_entity_is_read_with_its_part_alone(start: Start, new_id: Callable[[], str]) -> None:
    desk = f"/stores/desks/{new_id()}"
    start(stores=STORES).api().post(f"{desk}/actions", created_actions(100))
    cold = start(stores=STORES)

    with sent(cold.client) as operations:
        cold.api().get(f"{desk}/slices/tickets/t001")

    assert len(operations) == 2
