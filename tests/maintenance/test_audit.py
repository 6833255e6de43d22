from __future__ import annotations

import subprocess
from typing import Any

import pytest

from maintenance import audit as module
from maintenance.audit import Audit, audit, main, read_report

SKIPPED = {"name": "a", "skip_reason": "not found"}
CLEAN = {"name": "b", "version": "1", "vulns": []}
BAD = {
    "name": "c",
    "version": "2",
    "vulns": [
        {"id": "X-1", "fix_versions": ["2.1", "3"]},
        {"id": "X-2", "fix_versions": []},
    ],
}


@pytest.mark.parametrize(
    ("packages", "summary"),
    [
        ([CLEAN], "Audit: no known vulnerability in 1 packages."),
        (
            [CLEAN, SKIPPED],
            "Audit: no known vulnerability in 1 packages; 1 could not be looked up.",
        ),
        (
            [SKIPPED],
            "Audit: skipped, the registry told nothing about known vulnerabilities.",
        ),
        ([SKIPPED, BAD], "Audit: 2 known vulnerabilities."),
    ],
)
def test_the_summary(packages: list[Any], summary: str) -> None:
    assert read_report({"dependencies": packages}).summary == summary


def test_every_vulnerability_has_a_line() -> None:
    assert read_report({"dependencies": [CLEAN, BAD]}).vulnerable == (
        "c 2: X-1, fixed in 2.1, 3",
        "c 2: X-2, fixed in no version yet",
    )


@pytest.mark.parametrize("stdout", ["", "Traceback"])
def test_an_audit_that_breaks_is_a_skipped_one(
    stdout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 1, stdout=stdout, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert "skipped" in audit(["requirements.txt"]).summary


@pytest.mark.parametrize(("vulnerable", "code"), [((), 0), (("a 1: B-2, fixed in 3",), 1)])
def test_the_command(
    vulnerable: tuple[str, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = Audit(audited=3, unknown=0, vulnerable=vulnerable)
    monkeypatch.setattr(module, "audit", lambda _files: result)
    assert main(["requirements.txt"]) == code
    assert capsys.readouterr().out.splitlines() == [*vulnerable, result.summary]
