from __future__ import annotations

import pytest

from roundtrip.errors import CorruptItem
from roundtrip.limits import EVENT_BYTES
from roundtrip.redux.action import Action, Event
from roundtrip.storage.records import Stream
from tests.contract.appends import deletion, new_append


def test_a_label_leaves_the_namespace_out() -> None:
    assert Stream("secret", "orders", "a").label == "orders/a"


def test_the_expected_version_is_the_one_before_the_commit(stream: Stream) -> None:
    assert new_append(stream).expected_version == 0
    assert new_append(stream, 8, count=3).expected_version == 7


def test_the_last_version_of_a_commit_counts_its_actions(stream: Stream) -> None:
    assert new_append(stream, 8).commit.last_version == 8
    assert new_append(stream, 8, count=3).commit.last_version == 10


def test_a_head_is_deleted_when_its_state_is_the_tombstone(stream: Stream) -> None:
    assert deletion(stream).head.deleted
    for text in ('{"$deleted":false}', '{"$deleted":true,"a":1}', "true", ""):
        assert not new_append(stream, state_text=text).head.deleted


def test_a_commit_gives_its_events_in_order(stream: Stream) -> None:
    text = '[{"type":"a/b","payload":1},{"type":"a/c","meta":{"m":2}},{"type":"a/d","error":true}]'
    commit = new_append(stream, 5, count=3, actions_text=text, actor="ada").commit
    at = commit.recorded_at
    assert commit.events() == [
        Event(Action("a/b", 1, actor="ada", recorded_at=at), 5, at, "ada"),
        Event(Action("a/c", None, {"m": 2}, actor="ada", recorded_at=at), 6, at, "ada"),
        Event(Action("a/d", error=True, actor="ada", recorded_at=at), 7, at, "ada"),
    ]


def test_a_commit_weighs_its_text_and_each_of_its_actions(stream: Stream) -> None:
    commit = new_append(stream, 5, count=3).commit
    assert commit.weight_bytes == len(commit.actions_text) + 3 * EVENT_BYTES


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '[{"type":"a/b"},{"type":"a/b"}]',
        "",
        "no json",
        "7",
        "null",
        '{"type":"a/b"}',
        "[7]",
        "[null]",
        "[{}]",
        '[{"payload":1}]',
        '[{"type":"a/b","other":1}]',
    ],
)
def test_actions_that_are_not_what_the_commit_says_are_corrupt(stream: Stream, text: str) -> None:
    commit = new_append(stream, 12).commit._replace(actions_text=text)
    with pytest.raises(CorruptItem, match=r"orders/a.*12"):
        commit.events()
