from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import served
from benchmarks.engines import Engine
from benchmarks.served import NotServed
from benchmarks.targets.http import CoupledHttp
from roundtrip_devtools.credentials import Open
from tests.integration.processes import descendants, wait_until_gone

if TYPE_CHECKING:
    from benchmarks.targets import Operation

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine(ministack_endpoint: str) -> Engine:
    return Engine("ministack", ministack_endpoint)


def test_orders_are_served_from_the_table_that_was_named(engine: Engine) -> None:
    table = engine.table()
    operations: list[Operation] = ["create", "update", "read"]
    before = descendants(os.getpid())

    with (
        served.served(engine, table) as url,
        contextlib.closing(CoupledHttp(url, Open())) as target,
    ):
        mine = descendants(os.getpid()) - before
        for number, operation in enumerate(operations):
            call = target.prepare(operation, number)
            call.check(call.send())

    found: list[Any] = engine.client().scan(TableName=table)["Items"]
    assert sorted(item["sk"]["S"] for item in found) == [
        "commit#000000000001",
        "commit#000000000002",
        "head",
    ]
    assert mine
    wait_until_gone(mine)


def test_what_the_handler_prints_is_not_shown(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        served.served(engine, engine.table()) as url,
        contextlib.closing(CoupledHttp(url, Open())) as target,
    ):
        call = target.prepare("create", 1)
        call.check(call.send())

    assert capfd.readouterr() == ("", "")


def test_a_server_that_ends_is_noticed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    start = subprocess.Popen

    def start_nothing(command: list[str], **options: Any) -> Any:
        return start([command[0], "-c", "raise SystemExit(3)"], **options)

    monkeypatch.setattr(subprocess, "Popen", start_nothing)

    with pytest.raises(NotServed, match="ended with 3"), served.served(engine, "none"):
        pass
    assert capfd.readouterr().err == ""


def test_the_server_ends_with_the_process_that_started_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> Any:
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)

    with served.served(engine, engine.table()):
        (server,) = started
        # What a killed process leaves behind is the end of the pipe that it held.
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(timeout=30) == -signal.SIGTERM
