from __future__ import annotations

import pytest

from roundtrip.errors import CorruptRecord
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
    assert list(delivered(event)) == [("7", COMMIT), ("8", large)]


def test_other_records_are_skipped() -> None:
    event = {
        "Records": [
            record_of(items.head_item(HEAD), 1),
            record_of(items.commit_item(COMMIT), 2, "REMOVE"),
            record_of(items.commit_item(COMMIT), 3, "MODIFY"),
        ]
    }
    assert list(delivered(event)) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"token": None},
        {"actions": {"B": b"not compressed"}},
        {"count": {"N": "many"}},
        {"pk": {"S": "nothing"}},
    ],
)
def test_a_damaged_commit_has_its_number(damage: items.Item) -> None:
    item = {name: value for name, value in (items.commit_item(COMMIT) | damage).items() if value}
    with pytest.raises(CorruptRecord) as caught:
        list(delivered({"Records": [record_of(item, 41)]}))
    assert caught.value.sequence_number == "41"


def test_what_is_no_base64_has_its_number() -> None:
    record = record_of(items.commit_item(COMMIT), 5)
    record["dynamodb"]["NewImage"]["actions"] = {"B": "%"}
    with pytest.raises(CorruptRecord, match=r"lamps/a: .*commit#000000000003"):
        list(delivered({"Records": [record]}))
