from __future__ import annotations

from typing import Any

import pytest

from roundtrip.errors import CorruptItem
from roundtrip.followers.commits import delivered
from roundtrip.storage.dynamodb import items
from roundtrip.storage.records import Head
from tests.lamps import commit_of, record_of, stream_of

LARGE = '[{"type":"lamp/dimmed","payload":"' + "a" * 2000 + '"}]'
COMMIT = commit_of(stream_of(), 3)
HEAD = Head(stream_of(), 3, "{}", "1", "2026", "2026")


def test_a_commit_is_read_as_it_was_written() -> None:
    large = commit_of(stream_of("b", "halls", "jwt-user:ada"), 12, LARGE)._replace(
        actor="ada", touched_text='{"lamp":[true]}'
    )
    assert "B" in items.commit_item(large)["actions"]
    event = {
        "Records": [record_of(items.commit_item(one), n) for n, one in ((7, COMMIT), (8, large))]
    }
    assert list(delivered(event)) == [("7", COMMIT, None), ("8", large, None)]


def test_other_records_are_skipped() -> None:
    event = {
        "Records": [
            record_of(items.head_item(HEAD), 1),
            record_of(items.commit_item(COMMIT), 2, "REMOVE"),
            record_of(items.commit_item(COMMIT), 3, "MODIFY"),
        ]
    }
    assert list(delivered(event)) == []


def test_items_with_other_keys_are_skipped() -> None:
    keys = [("nothing", "commit#000000000003"), ("public#lamps#a", "commit#3"), ("a#b#c#d", "x")]
    found = [items.commit_item(COMMIT) | {"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]
    event = {"Records": [record_of(item, number) for number, item in enumerate(found)]}
    assert list(delivered(event)) == []


@pytest.mark.parametrize(
    ("damage", "token"),
    [
        ({"token": None}, ""),
        ({"token": {"N": "1"}}, ""),
        ({"actions": {"B": b"not compressed"}}, "a-3"),
        ({"count": {"N": "many"}}, "a-3"),
    ],
)
def test_a_damaged_commit_comes_in_its_place(damage: items.Item, token: str) -> None:
    item = {name: value for name, value in (items.commit_item(COMMIT) | damage).items() if value}
    event = {"Records": [record_of(item, 41), record_of(items.commit_item(COMMIT), 42)]}
    first, second = delivered(event)
    assert second == ("42", COMMIT, None)
    assert (first.sequence_number, first.commit.stream) == ("41", COMMIT.stream)
    assert (first.commit.first_version, first.commit.token) == (3, token)
    assert "lamps/a: " in str(first.error)
    with pytest.raises(CorruptItem):
        first.commit.events()


@pytest.mark.parametrize("image", [None, {"actions": {"B": "%"}}, {"actions": None}])
def test_a_damaged_image_does_too(image: Any) -> None:
    record = record_of(items.commit_item(COMMIT), 5)
    if image is None:
        del record["dynamodb"]["NewImage"]
    else:
        record["dynamodb"]["NewImage"] |= image
    (one,) = delivered({"Records": [record]})
    assert isinstance(one.error, CorruptItem)
