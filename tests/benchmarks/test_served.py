import contextlib
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
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


def test_orders_are_served_from_the_named_table(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    table = engine.table()
    with (
        served.served(engine, table) as url,
        contextlib.closing(CoupledHttp(url, Open())) as target,
    ):
        assert multiprocessing.active_children()
        for number, operation in enumerate(OPERATIONS):
            call = target.prepare(operation, number)
            call.check(call.send())

    found: list[Any] = engine.client().scan(TableName=table)["Items"]
    assert sorted(item["sk"]["S"] for item in found) == [
        "commit#000000000001",
        "commit#000000000002",
        "head",
    ]
    assert multiprocessing.active_children() == []
    # What the handler prints is not shown.
    assert capfd.readouterr() == ("", "")


def end(*_: object) -> None:
    raise SystemExit(3)


def test_a_server_that_ends_is_noticed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(served, "serve", end)

    with pytest.raises(NotServed, match="exit code 3"), served.served(engine, "none"):
        pass
    assert capfd.readouterr().err == ""


def test_the_server_ends_with_a_killed_parent(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("""
import time
from benchmarks import served
from benchmarks.engines import Engine

if __name__ == "__main__":
    with served.served(Engine("nobody", "http://127.0.0.1:9"), "orders"):
        print("served", flush=True)
        time.sleep(600)
""")
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, program], env=variables, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"served\n"
        children = descendants(parent.pid) - {parent.pid}
        parent.kill()
    assert children
    wait_until_gone(children)
