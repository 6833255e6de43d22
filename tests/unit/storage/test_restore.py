"""After a restore from a snapshot, of which a forked process is the nearest thing here."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip.storage.dynamodb.adapter import connect
from tests.unit.storage.server import dynamodb, serving
from tests.unit.storage.test_credentials import NO_FILES, answer

if TYPE_CHECKING:
    from collections.abc import Callable

READ = ("GetItem", {"TableName": "orders", "Key": {"pk": {"S": "a"}}})


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """The hooks that are registered with the module of Lambda's runtime."""
    found: list[Callable[[], None]] = []
    runtime: Any = ModuleType("snapshot_restore_py")
    runtime.register_after_restore = found.append
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    return found


def test_a_restored_process_uses_nothing_of_the_snapshot(
    hooks: list[Callable[[], None]],
) -> None:
    with serving(dynamodb({})) as server, serving(answer("BEFORE"), answer("AFTER")) as container:
        client = connect(
            {
                **NO_FILES,
                "AWS_REGION": "eu-west-1",
                "AWS_ENDPOINT_URL": server.url,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{container.url}/",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
            }
        )
        client.call(*READ)
        (restored,) = hooks
        child = os.fork()
        if child == 0:
            restored()
            client.call(*READ)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        # The process of the snapshot keeps its connection and its credentials.
        client.call(*READ)
        keys = [b"Credential=AFTER/" in request for request in server.requests]
        assert keys == [False, True, False]
        assert (server.connections, container.connections) == (2, 2)
        client.forget()


def test_without_snapshots_there_is_no_hook(hooks: list[Callable[[], None]]) -> None:
    connect({"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://localhost"})
    assert hooks == []
