"""The entity tag of a state is not that of another one, whatever their versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roundtrip.storage.memory import MemoryStorage
from roundtrip.testing import Api
from tests.boards import CARD_STORE

PATH = "/stores/cards/a"
CARD = {"type": "cards/added", "payload": {"id": "c1", "column": "a", "text": "t"}}
SET = {"type": "cards/upserted", "payload": {"cards": [{"id": "c1", "column": "a"}]}}


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def api(storage: MemoryStorage) -> Api:
    return Api([CARD_STORE], storage=storage)


def erase(storage: MemoryStorage) -> None:
    storage._items.clear()


def lives(api: Api, storage: MemoryStorage) -> tuple[str, str]:
    """Return the tags of two lives of a stream at version 1."""
    before = api.post(f"{PATH}/actions", CARD).headers["etag"]
    erase(storage)
    api.clock.elapsed_s += 1
    return before, api.post(f"{PATH}/actions", SET).headers["etag"]


def test_a_tag_of_another_life_is_not_known(api: Api, storage: MemoryStorage) -> None:
    before, after = lives(api, storage)
    assert before != after
    assert before[:3] == after[:3] == '"1.'
    for path in (PATH, f"{PATH}/slices/cards/c1", f"{PATH}/slices/cards"):
        assert api.get(path, headers={"if-none-match": before}).status == 200
        assert api.get(path, headers={"if-none-match": after}).status == 304


def test_a_write_to_another_life_is_refused(api: Api, storage: MemoryStorage) -> None:
    before, after = lives(api, storage)
    refused = api.post(f"{PATH}/actions", SET, headers={"if-match": before})
    assert (refused.status, refused.json["currentVersion"]) == (412, 1)
    assert api.post(f"{PATH}/actions", SET, headers={"if-match": after}).status == 200
    assert api.post(f"{PATH}/actions", SET, headers={"if-match": '"2"'}).status == 200


def test_a_tag_of_another_version_is_refused_with_the_version(api: Api) -> None:
    tag = api.post(f"{PATH}/actions", CARD).headers["etag"]
    digits = tag.partition(".")[2]
    for sent, expected in ((f'"3.{digits}', 3), (f'"01.{digits}', f'"01.{digits}')):
        refused = api.post(f"{PATH}/actions", SET, headers={"if-match": sent})
        assert (refused.status, refused.json["expectedVersion"]) == (412, expected)
    for sent in (f'"x.{digits}', f'".{digits}', '"1."'):
        assert api.post(f"{PATH}/actions", SET, headers={"if-match": sent}).status == 412


def test_the_tag_of_an_old_version_is_that_of_its_state(api: Api, storage: MemoryStorage) -> None:
    api.post(f"{PATH}/actions", CARD)
    api.post(f"{PATH}/actions", SET)
    tags = [api.get(PATH, query={"version": each}).headers["etag"] for each in "12"]
    assert [tag[:3] for tag in tags] == ['"1.', '"2.']
    again = api.get(PATH, query={"version": "1"}, headers={"if-none-match": tags[0]})
    assert (again.status, again.headers["etag"]) == (304, tags[0])
    erase(storage)
    api.post(f"{PATH}/actions", SET)
    api.post(f"{PATH}/actions", SET)
    assert api.get(PATH, query={"version": "1"}, headers={"if-none-match": tags[0]}).status == 200


def test_the_tag_of_a_write_before_a_release_is_refused_after_it(
    api: Api, storage: MemoryStorage
) -> None:
    tag = api.post(f"{PATH}/actions", CARD).headers["etag"]
    root = replace(CARD_STORE.reducer, revision="2")
    new = Api([replace(CARD_STORE, root=root)], storage=storage)
    assert new.post(f"{PATH}/actions", SET, headers={"if-match": tag}).status == 412
    assert new.get(PATH, headers={"if-none-match": tag}).status == 200
    tag = new.get(PATH).headers["etag"]
    assert new.post(f"{PATH}/actions", SET, headers={"if-match": tag}).status == 200
