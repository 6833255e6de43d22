"""The examples are held to the framework's own rules; what an adopter writes is not."""

from __future__ import annotations

import subprocess

from tests.checkout import ROOT


def test_the_examples_keep_the_strict_rules() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "check-app"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
