from __future__ import annotations

import getpass
import json
import platform
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import checkout, machine

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.fixture
def described(tmp_path: Path) -> Mapping[str, Any]:
    machine.write(tmp_path / "results", ["run", "--quick"])
    found: dict[str, Any] = json.loads((tmp_path / "results" / "run.json").read_text("utf-8"))
    return found


def test_it_says_what_the_figures_depend_on(described: Mapping[str, Any]) -> None:
    assert described["command"] == "python -m benchmarks run --quick"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", described["date"])
    assert described["cpu"]
    assert described["cores"] >= 1
    assert re.fullmatch(r"\d+ GiB", described["memory"])
    assert described["python"] == f"CPython {platform.python_version()}"
    assert set(described["engines"]) == {"dynamodb-local", "ministack"}
    assert described["packages"]["boto3"].count(".") == 2


def test_it_does_not_say_whose_machine_it_is(described: Mapping[str, Any]) -> None:
    text = json.dumps(described)

    for name in (platform.node(), getpass.getuser(), str(checkout.ROOT), str(Path.home())):
        # A name such as "a" says nothing, and is in every text.
        assert len(name) < 5 or name not in text


def test_it_names_the_revision(described: Mapping[str, Any]) -> None:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout.ROOT, capture_output=True, text=True, check=False
    )
    if head.returncode:
        assert "revision" not in described
    else:
        assert head.stdout.startswith(described["revision"])
        assert isinstance(described["modified"], bool)


def test_without_git_it_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: str) -> str:
        raise subprocess.CalledProcessError(128, arguments)

    monkeypatch.setattr(machine, "_git", fail)

    assert {"revision", "modified"}.isdisjoint(machine.describe(["run"]))
