from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.redux import Store, case, create_slice
from tests.integration.http.application import kept, kept_action
from tests.orders import ORDER

if TYPE_CHECKING:
    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start


@pytest.fixture
def at_version_2(notes: Api, stream: str) -> str:
    notes.post(f"{stream}/actions", [kept_action(1), kept_action(2)])
    return stream


def test_if_match_with_the_version_applies(notes: Api, at_version_2: str) -> None:
    answer = notes.post(f"{at_version_2}/actions", kept_action(3), headers={"if-match": '"2"'})

    assert (answer.status, answer.json["version"]) == (200, 3)


@pytest.mark.parametrize("version", ["1", "3", "0", "999999999999"])
def test_if_match_with_another_version_is_412_and_tells_the_version_there_is(
    notes: Api, at_version_2: str, version: str
) -> None:
    answer = notes.post(
        f"{at_version_2}/actions", kept_action(3), headers={"if-match": f'"{version}"'}
    )

    assert (answer.status, answer.problem) == (412, "version-mismatch")
    expected = int(version) or '"0"'
    assert (answer.json["expectedVersion"], answer.json["currentVersion"]) == (expected, 2)
    assert answer.json["retryable"] is False
    assert notes.get(at_version_2).json["version"] == 2


@pytest.mark.parametrize("tag", ['"0"', '"0.6b86b273"', "*"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/stores/contacts/none/actions", {"type": "contacts/created", "payload": {"name": "Ada"}}),
        ("/contacts", {"id": "none", "name": "Ada"}),
        ("/contacts", {"name": "Ada"}),
    ],
)
@pytest.mark.parametrize("key", [{}, {"idempotency-key": "zero"}])
def test_no_tag_matches_what_does_not_exist(
    api: Api, tag: str, path: str, body: dict[str, Any], key: dict[str, str]
) -> None:
    answer = api.post(path, body, headers={"if-match": tag, **key})

    assert (answer.status, answer.json["currentVersion"]) == (412, 0)


def test_a_tag_of_another_revision_is_another_tag(
    start: Start, notes: Api, at_version_2: str
) -> None:
    old = notes.get(at_version_2).headers["etag"]
    changed = create_slice(
        name="notes", initial_state={}, reducers={"kept": case(kept, payload=Any)}, revision=2
    )
    later = start(stores=[Store("notes", changed)]).api()

    new = later.get(at_version_2).headers["etag"]
    assert new != old
    read = later.get(at_version_2, headers={"if-none-match": old})
    assert (read.status, read.headers["etag"]) == (200, new)
    stale = later.post(f"{at_version_2}/actions", kept_action(3), headers={"if-match": old})
    assert (stale.status, stale.json["expectedVersion"]) == (412, old)
    assert later.get(at_version_2, headers={"if-none-match": new}).status == 304
    for tag in (new, '"3"'):
        written = later.post(f"{at_version_2}/actions", kept_action(3), headers={"if-match": tag})
        assert written.status == 200


def test_if_match_of_a_version_is_412_on_what_does_not_exist(notes: Api, stream: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={"if-match": '"1"'})

    assert (answer.status, answer.json["currentVersion"]) == (412, 0)


def test_if_match_star_applies_at_any_version(notes: Api, at_version_2: str) -> None:
    answer = notes.post(f"{at_version_2}/actions", kept_action(3), headers={"if-match": "*"})

    assert answer.status == 200


def test_if_match_star_does_not_make_a_stream(notes: Api, stream: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={"if-match": "*"})

    assert answer.status in {404, 412}
    assert notes.get(stream).status == 404


@pytest.mark.parametrize("tag", ['W/"2"', '"02"', '"2.0"', '"x"', '""', '"-1"', '"2-gzip"'])
def test_if_match_with_a_weak_or_foreign_tag_is_412(
    notes: Api, at_version_2: str, tag: str
) -> None:
    answer = notes.post(f"{at_version_2}/actions", kept_action(3), headers={"if-match": tag})

    assert (answer.status, answer.json["currentVersion"]) == (412, 2)


@pytest.mark.parametrize("value", ["", "2", '"2', "'2'", "W/2", '"2" "3"', "**", '"é"'])
def test_if_match_that_is_no_tag_is_400(notes: Api, at_version_2: str, value: str) -> None:
    answer = notes.post(f"{at_version_2}/actions", kept_action(3), headers={"if-match": value})

    assert (answer.status, answer.problem) == (400, "malformed-request")
    assert "If-Match" in answer.json["detail"]


def test_if_match_looks_at_the_store_and_not_at_what_the_container_remembers(
    notes: Api, other: Api, at_version_2: str
) -> None:
    other.post(f"{at_version_2}/actions", kept_action(3))

    answer = notes.post(f"{at_version_2}/actions", kept_action(4), headers={"if-match": '"3"'})

    assert (answer.status, answer.json["version"]) == (200, 4)


def test_if_match_of_what_only_the_container_remembers_is_412(
    notes: Api, other: Api, at_version_2: str
) -> None:
    other.post(f"{at_version_2}/actions", kept_action(3))

    answer = notes.post(f"{at_version_2}/actions", kept_action(4), headers={"if-match": '"2"'})

    assert (answer.status, answer.json["currentVersion"]) == (412, 3)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_if_match_guards_every_write_of_the_crud_face(api: Api, method: str) -> None:
    path = api.post("/sales-orders", ORDER).headers["location"]
    body: dict[str, Any] = {} if method == "DELETE" else {"json": ORDER}

    answer = api.send(method, path, headers={"if-match": '"7"'}, **body)

    assert (answer.status, answer.json["currentVersion"]) == (412, 1)
    assert api.get(path).json["version"] == 1


@pytest.mark.parametrize("value", ["{}", "W/{}", "*", '"1", {}', '"x",{}'])
def test_if_none_match_of_the_etag_is_304_without_a_body(
    notes: Api, at_version_2: str, value: str
) -> None:
    tag = notes.get(at_version_2).headers["etag"]

    answer = notes.get(at_version_2, headers={"if-none-match": value.format(tag)})

    assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", tag)


@pytest.mark.parametrize("value", ['"1"', '"2"', '"2.00000000"', '"x"', '"1", "3"'])
def test_if_none_match_of_another_tag_is_200(notes: Api, at_version_2: str, value: str) -> None:
    answer = notes.get(at_version_2, headers={"if-none-match": value})

    assert (answer.status, answer.json["version"]) == (200, 2)


@pytest.mark.parametrize("value", ["", "2", '"2', '"1",,"2"'])
def test_if_none_match_that_is_no_tag_is_400(notes: Api, at_version_2: str, value: str) -> None:
    answer = notes.get(at_version_2, headers={"if-none-match": value})

    assert (answer.status, answer.problem) == (400, "malformed-request")


def test_if_none_match_works_on_an_older_version(notes: Api, at_version_2: str) -> None:
    older = {"query": {"version": "1"}}
    tag, newest = (notes.get(at_version_2, **query).headers["etag"] for query in (older, {}))

    assert notes.get(at_version_2, headers={"if-none-match": tag}, **older).status == 304
    assert notes.get(at_version_2, headers={"if-none-match": newest}, **older).status == 200


def test_if_none_match_works_on_the_crud_face(api: Api) -> None:
    made = api.post("/sales-orders", ORDER)
    path, tag = made.headers["location"], made.headers["etag"]

    assert api.get(path, headers={"if-none-match": tag}).status == 304
    assert api.get(path, headers={"if-none-match": '"1"'}).status == 200
