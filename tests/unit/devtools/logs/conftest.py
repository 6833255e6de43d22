from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundtrip.storage.memory import MemoryStorage
from tests import logs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder, whose code nobody has imported."""
    monkeypatch.chdir(logs.write_project(tmp_path / "project"))
    logs.forget_app(monkeypatch)
    return tmp_path / "project"


@pytest.fixture
def storage() -> MemoryStorage:
    """Three streams of five events."""
    storage = MemoryStorage()
    logs.write_log(storage)
    return storage
