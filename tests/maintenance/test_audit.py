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
NOTHING = "Audit: skipped, because the registry serves no known vulnerabilities."


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages})


@pytest.mark.parametrize(
    ("stdout", "code", "said"),
    [
        (report(CLEAN), 0, ["Audit: no known vulnerability in 1 packages."]),
        (
            report(CLEAN, SKIPPED),
            0,
            ["Audit: no known vulnerability in 1 packages; 1 could not be looked up."],
        ),
        (report(SKIPPED), 0, [NOTHING]),
        ("", 0, [NOTHING]),
        ("Traceback", 0, [NOTHING]),
        (report(SKIPPED, CLEAN, BAD), 1, [*FOUND, "Audit: 2 known vulnerabilities."]),
    ],
)
def test_the_command(
    stdout: str,
    code: int,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = subprocess.CompletedProcess([], 1, stdout=stdout, stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    monkeypatch.setattr(sys, "argv", ["audit", "requirements.txt"])
    assert main() == code
    assert capsys.readouterr().out.splitlines() == said
