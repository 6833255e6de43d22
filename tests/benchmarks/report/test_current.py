"""The committed report, its plots and the README's figures are those of the committed samples."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks import checkout
from benchmarks.report.document import written_headline

if TYPE_CHECKING:
    from pathlib import Path

RESULTS = checkout.ROOT / "benchmarks" / "results"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NAME = re.compile(r'(?<=id=")[^"]+|(?<=href="#)[^"]+|(?<=url\(#)[^)]+')

pytestmark = pytest.mark.skipif(
    not (RESULTS / "run.json").exists(), reason="nothing has been measured yet: make bench"
)


# The tests of this process simulate less than a report does.
HEADLINE = """
import pathlib, sys
from benchmarks.report.document import headline
sys.stdout.write(headline(pathlib.Path(sys.argv[1])))
"""


def python(*arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout.ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the committed samples, made anew."""
    to = tmp_path_factory.mktemp("report")
    python("-m", "benchmarks", "report", "--to", str(to))
    return to


def test_the_report_is_current(again: Path) -> None:
    committed = (RESULTS / "report.md").read_text(encoding="utf-8")
    assert committed == (again / "report.md").read_text(encoding="utf-8")


def test_the_plots_are_current(again: Path) -> None:
    names = sorted(path.name for path in again.glob("*.svg"))
    assert sorted(path.name for path in RESULTS.glob("*.svg")) == names
    for name in names:
        # Names are hashes of shapes, and another processor may round a shape another way.
        one, other = (
            NAME.sub("", (place / name).read_text(encoding="utf-8")) for place in (RESULTS, again)
        )
        assert NUMBER.sub("", one) == NUMBER.sub("", other)
        numbers = [[float(found) for found in NUMBER.findall(text)] for text in (one, other)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.05)


def test_the_readme_is_current() -> None:
    assert written_headline(checkout.ROOT / "README.md") == python("-c", HEADLINE, str(RESULTS))
