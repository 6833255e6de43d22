import getpass
import json
import platform
import re
import subprocess
from pathlib import Path

import pytest

from benchmarks import checkout, machine


def test_it_has_what_the_figures_depend_on_and_nothing_that_identifies_the_machine(
    tmp_path: Path,
) -> None:
    machine.write(tmp_path / "results", ["run", "--quick"])
    text = (tmp_path / "results" / "run.json").read_text("utf-8")
    described = json.loads(text)
    assert described["command"] == "python -m benchmarks run --quick"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", described["date"])
    assert described["cpu"]
    assert described["cores"] >= 1
    assert re.fullmatch(r"\d+ GiB", described["memory"])
    assert described["python"] == f"CPython {platform.python_version()}"
    assert set(described["engines"]) == {"dynamodb-local", "ministack"}
    assert described["packages"]["boto3"].count(".") == 2
    for name in (platform.node(), getpass.getuser(), str(checkout.ROOT), str(Path.home())):
        # A short name such as "a" identifies nothing, and is in every text.
        assert len(name) < 5 or name not in text


def test_it_names_the_revision() -> None:
    described = machine.describe(["run"])
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
