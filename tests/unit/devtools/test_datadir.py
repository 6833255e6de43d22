from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.engines import datadir
from roundtrip_devtools.engines.datadir import locked
from roundtrip_devtools.errors import EngineError

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
