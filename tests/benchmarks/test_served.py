import contextlib
import os
import signal
import subprocess
from typing import Any

import pytest

from benchmarks import served
from benchmarks.engines import Engine
from benchmarks.served import NotServed
from benchmarks.targets import OPERATIONS
from benchmarks.targets.http import CoupledHttp
from roundtrip_devtools.credentials import Open
from tests.integration.processes import descendants, wait_until_gone

pytestmark = pytest.mark.engine


def test_orders_are_served_from_the_named_table_until_the_end_of_the_starter(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    table = engine.table()
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> Any:
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    before = descendants(os.getpid())
    with (
        served.served(engine, table) as url,
        contextlib.closing(CoupledHttp(url, Open())) as target,
    ):
        mine = descendants(os.getpid()) - before
        for number, operation in enumerate(OPERATIONS):
            call = target.prepare(operation, number)
            call.check(call.send())
        (server,) = (one for one in started if "benchmarks.served" in str(one.args))
        # When the parent is killed, the pipe that it held ends.
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(timeout=30) == -signal.SIGTERM

    found: list[Any] = engine.client().scan(TableName=table)["Items"]
    assert sorted(item["sk"]["S"] for item in found) == [
        "commit#000000000001",
        "commit#000000000002",
        "head",
    ]
    assert mine
    wait_until_gone(mine)
    # What the handler prints is not shown.
    assert capfd.readouterr() == ("", "")


def test_a_server_that_ends_is_noticed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    start = subprocess.Popen

    def start_nothing(command: list[str], **options: Any) -> Any:
        return start([command[0], "-c", "raise SystemExit(3)"], **options)

    monkeypatch.setattr(subprocess, "Popen", start_nothing)

    with pytest.raises(NotServed, match="exit code 3"), served.served(engine, "none"):
        pass
    assert capfd.readouterr().err == ""
