from __future__ import annotations

import uuid

import pytest

from roundtrip.storage.dynamodb import connection
from roundtrip.storage.records import Stream

# The rules are in modules of their own; their assertions should explain themselves all the same.
pytest.register_assert_rewrite(
    "tests.contract.append_rules",
    "tests.contract.appends",
    "tests.contract.checkpoints_rules",
    "tests.contract.commits_rules",
    "tests.contract.concurrency_rules",
    "tests.contract.effects_rules",
    "tests.contract.heads_rules",
    "tests.contract.limits_rules",
    "tests.contract.parts_rules",
    "tests.contract.sockets_rules",
    "tests.contract.table_rules",
    "tests.contract.texts_rules",
)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about outcomes; on a busy machine an engine may be slow."""
    monkeypatch.setattr(connection, "READ_TIMEOUT_S", 30.0)


@pytest.fixture
def namespace() -> str:
    """A namespace that no other test uses, so that tests may share a table."""
    return uuid.uuid4().hex


@pytest.fixture
def stream(namespace: str) -> Stream:
    return Stream(namespace, "orders", "a")
