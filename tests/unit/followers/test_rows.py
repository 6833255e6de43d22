from __future__ import annotations

import json

import pytest

from roundtrip.engine.pseudonyms import Hashing
from roundtrip.errors import ConfigurationError, CorruptItem
from roundtrip.followers.rows import rows
from roundtrip.storage.records import Commit, Stream

HASHING = Hashing(bytes(range(32)))
STREAM = Stream("user:ada", "orders", "1")
AT = "2026-01-02T03:04:05.678Z"


def commit(*actions: object, at: str = AT, actor: str | None = "ada") -> Commit:
    return Commit(STREAM, 3, len(actions), json.dumps(actions), at, actor, "t-1")


def test_an_action_is_a_row() -> None:
    created = {"type": "order/created", "payload": {"sum": 12345678901234567890123, "name": "Zoë"}}
    noted = {"type": "noted", "meta": [1.0], "error": True}
    first, second = rows(commit(created, noted), HASHING)
    assert first == {
        "namespace": HASHING("user:ada"),
        "store": "orders",
        "id": "1",
        "version": 3,
        "type": "order/created",
        "slice": "order",
        "actor": HASHING("ada"),
        "recorded_at": AT,
        "payload": '{"sum":12345678901234567890123,"name":"Zoë"}',
        "meta": None,
        "commit_token": "t-1",
    }
    assert second == {
        **first,
        "version": 4,
        "type": "noted",
        "slice": None,
        "payload": None,
        "meta": "[1.0]",
    }
    assert rows(commit(created, actor=None), HASHING)[0]["actor"] is None


def test_a_listener_keeps_its_name() -> None:
    (row,) = rows(commit({"type": "a/b"}, actor="listener:mail"), HASHING)
    assert row["actor"] == "listener:mail"


def test_a_hash_needs_its_key() -> None:
    # HMAC-SHA256 of the text under that key, by openssl.
    assert HASHING("ada") == "9556fd532c3b9e35076ea008688401f9"
    assert Hashing(bytes(32))("ada") != HASHING("ada")
    with pytest.raises(ConfigurationError, match=r"expected 32 bytes, received 3\.$"):
        Hashing(b"key")


@pytest.mark.parametrize("at", ["", "2026-01-02T03:04:05Z", "2026-13-02T03:04:05.678Z", "x" * 24])
def test_a_time_that_is_none_is_corrupt(at: str) -> None:
    with pytest.raises(CorruptItem, match=r"^orders/1: the commit at version 3: expected a time "):
        rows(commit({"type": "a/b"}, at=at), HASHING)


def test_actions_that_are_none_are_corrupt() -> None:
    with pytest.raises(CorruptItem, match="does not hold an array of actions"):
        rows(commit(1), HASHING)
