from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from maintenance.audit import main

SKIPPED = {"name": "a", "skip_reason": "not found"}
CLEAN = {"name": "b", "version": "1", "vulns": []}
BAD = {
    "name": "c",
    "version": "2",
    "vulns": [{"id": "X-1", "fix_versions": ["2.1", "3"]}, {"id": "X-2", "fix_versions": []}],
}
FOUND = ["c 2: X-1, fixed in 2.1, 3", "c 2: X-2, fixed in no version yet"]
NO_ADVISORIES = (
    "Audit: NOTHING WAS LOOKED UP: this registry has no advisories about any of the 2 packages."
)
NO_ANSWER = (
    "Audit: NOT EVERYTHING WAS LOOKED UP: pip-audit got no answer from PyPI, or could not read a "
    "file."
)


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


@pytest.fixture
def in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")


def run(stdout: str, monkeypatch: pytest.MonkeyPatch, *, second: str | None = None) -> int:
    """Run the command on two files, for which pip-audit prints something."""

    def pip_audit(command: list[str], **_: Any) -> Any:
        printed = stdout if second is None or command[-1] == "one.txt" else second
        return subprocess.CompletedProcess(command, 1, stdout=printed, stderr="")

    monkeypatch.setattr(subprocess, "run", pip_audit)
    monkeypatch.setattr(sys, "argv", ["audit", "one.txt", "two.txt"])
    return main()


@pytest.mark.usefixtures("in_ci")
@pytest.mark.parametrize(
    ("stdout", "code", "said"),
    [
        (report(CLEAN), 0, ["Audit: no known vulnerability in 2 packages."]),
        (
            report(CLEAN, SKIPPED),
            0,
            ["Audit: no known vulnerability in 2 packages; 2 could not be looked up."],
        ),
        (report(SKIPPED), 0, [NO_ADVISORIES]),
        (report(SKIPPED, CLEAN, BAD), 1, [*FOUND, *FOUND, "Audit: 4 known vulnerabilities."]),
        ("", 1, [NO_ANSWER]),
        ("Traceback", 1, [NO_ANSWER]),
        (report(), 1, [NO_ANSWER]),
    ],
)
def test_the_command(
    stdout: str,
    code: int,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(stdout, monkeypatch) == code
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize("value", ["", "false", "0"])
def test_elsewhere_no_answer_is_said_and_no_failure(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", value)
    assert run("", monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == [NO_ANSWER]
    assert run(report(BAD), monkeypatch) == 1


@pytest.mark.usefixtures("in_ci")
def test_each_file_needs_an_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(report(CLEAN), monkeypatch, second="") == 1
    assert run(report(CLEAN), monkeypatch, second=report(SKIPPED)) == 0
    assert capsys.readouterr().out.splitlines() == [
        NO_ANSWER,
        "Audit: no known vulnerability in 1 packages; 1 could not be looked up.",
    ]
