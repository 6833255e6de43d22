from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.http.application import kept_action
from tests.orders import ORDER

if TYPE_CHECKING:
    from tests.integration.http.client import Api


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
    assert (answer.json["expectedVersion"], answer.json["currentVersion"]) == (int(version), 2)
    assert answer.json["retryable"] is False
    assert notes.get(at_version_2).json["version"] == 2


def test_if_match_0_applies_to_what_does_not_exist_yet(notes: Api, stream: str) -> None:
    answer = notes.post(f"{stream}/actions", kept_action(1), headers={"if-match": '"0"'})

    assert answer.status == 201


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


@pytest.mark.parametrize("value", ['"2"', 'W/"2"', "*", '"1", "2"', '"x","2"'])
def test_if_none_match_of_the_version_is_304_without_a_body(
    notes: Api, at_version_2: str, value: str
) -> None:
    answer = notes.get(at_version_2, headers={"if-none-match": value})

    assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", '"2"')


@pytest.mark.parametrize("value", ['"1"', '"x"', '"1", "3"'])
def test_if_none_match_of_another_version_is_200(notes: Api, at_version_2: str, value: str) -> None:
    answer = notes.get(at_version_2, headers={"if-none-match": value})

    assert (answer.status, answer.json["version"]) == (200, 2)


@pytest.mark.parametrize("value", ["", "2", '"2', '"1",,"2"'])
def test_if_none_match_that_is_no_tag_is_400(notes: Api, at_version_2: str, value: str) -> None:
    answer = notes.get(at_version_2, headers={"if-none-match": value})

    assert (answer.status, answer.problem) == (400, "malformed-request")


def test_if_none_match_works_on_an_older_version(notes: Api, at_version_2: str) -> None:
    older = {"query": {"version": "1"}}

    assert notes.get(at_version_2, headers={"if-none-match": '"1"'}, **older).status == 304
    assert notes.get(at_version_2, headers={"if-none-match": '"2"'}, **older).status == 200


def test_if_none_match_works_on_the_crud_face(api: Api) -> None:
    path = api.post("/sales-orders", ORDER).headers["location"]

    assert api.get(path, headers={"if-none-match": '"1"'}).status == 304
    assert api.get(path, headers={"if-none-match": '"2"'}).status == 200
