from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.engines import datadir
from roundtrip_devtools.engines.datadir import locked
from roundtrip_devtools.errors import EngineError
from tests import checkout
from tests.integration.test_dev_server import free_port
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path


def test_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datadir, "_WAIT_S", 0.1)
    with locked("E", tmp_path / "data"):
        assert (tmp_path / "data").is_dir()
        with (
            pytest.raises(EngineError, match="in use by another dev server"),
            locked("E", tmp_path / "data"),
        ):
            pass


def test_a_late_release_is_waited_for(tmp_path: Path) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with locked("E", tmp_path / "data"):
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    threading.Timer(0.1, release.set).start()
    with locked("E", tmp_path / "data"):
        assert release.is_set()
    holder.join()


def test_a_wait_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = tmp_path / "data"
    monkeypatch.setattr(datadir, "_WAIT_S", 0.3)
    monkeypatch.setattr(datadir, "_SILENCE_S", 0.0)
    with locked("E", data_dir):
        assert capsys.readouterr().err == ""
        with pytest.raises(EngineError), locked("E", data_dir):
            pass
    assert capsys.readouterr().err == (
        f"E: {data_dir} is in use by another dev server; waiting up to 0 s for that one to let go "
        "of it.\n"
    )


def test_ctrl_c_ends_a_dev_server_that_waits(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project")
    sources = os.pathsep.join(map(str, (checkout.SERVICE_DIR, checkout.DEVTOOLS_DIR)))
    environ = {**os.environ, "PYTHONPATH": sources, "AUTH_MODE": ""}
    environ.pop("AWS_ENDPOINT_URL_DYNAMODB", None)
    command = [sys.executable, "-m", "roundtrip_devtools", "dev", "--port", str(free_port())]
    with (
        locked("ministack", root / ".roundtrip" / "ministack"),
        subprocess.Popen(
            command, cwd=root, env=environ, stderr=subprocess.PIPE, text=True
        ) as waiting,
    ):
        assert waiting.stderr is not None
        assert "waiting up to 15 s" in waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        assert waiting.stderr.read() == ""
    assert waiting.returncode == 0
