from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.engines import datadir
from roundtrip_devtools.engines.datadir import locked
from roundtrip_devtools.errors import EngineError
from roundtrip_devtools.loopback import free_port
from tests.unit.devtools.sam_program import copied

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_process_is_told_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(datadir, "_WAIT_S", 0.3)
    monkeypatch.setattr(datadir, "_SILENCE_S", 0.0)
    data_dir = tmp_path / "data"
    with locked("E", data_dir):
        assert data_dir.is_dir()
        assert capsys.readouterr().err == ""
        with (
            pytest.raises(EngineError, match="in use by another dev server"),
            locked("E", data_dir),
        ):
            pass
    said = f"E: {data_dir} is in use by another dev server; waiting up to 0 s for it to stop.\n"
    assert capsys.readouterr().err == said


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


def test_ctrl_c_ends_a_dev_server_that_waits_in_the_background_of_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = copied(tmp_path)
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    monkeypatch.setattr(datadir, "_SILENCE_S", 0.0)
    monkeypatch.setattr(time, "sleep", lambda _s: os.kill(os.getpid(), signal.SIGINT))
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with locked("ministack", project.state_dir / "ministack"):
            assert cli.main(["dev", "--port", str(free_port())]) == 0
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    assert "waiting up to 15 s" in capsys.readouterr().err
