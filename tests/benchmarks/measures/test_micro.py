from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks import checkout
from benchmarks.measures import micro
from benchmarks.samples import Micro

if TYPE_CHECKING:
    from pathlib import Path


def test_the_suites_pass_without_being_timed() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--quiet"]
    run = subprocess.run(
        [*command, str(micro.SUITES), "--benchmark-disable"],
        cwd=checkout.ROOT,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_test_run_does_not_collect_the_suites(pytestconfig: pytest.Config) -> None:
    paths = [pytestconfig.rootpath / path for path in pytestconfig.getini("testpaths")]
    assert paths
    assert not [path for path in paths if micro.SUITES.is_relative_to(path)]


def test_every_suite_gives_its_rounds() -> None:
    rows = list(micro.measure(case_s=0.001))
    assert {row.suite for row in rows} == {
        "bare client",
        "compression",
        "handler",
        "jsontext",
        "reduce",
        "schemas",
        "transaction",
    }
    rounds: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        assert row.elapsed_us > 0
        rounds.setdefault((row.suite, row.case), []).append(row.round)
    assert all(laps == list(range(len(laps))) for laps in rounds.values())
    assert ("reduce", "reduce batch, 100 actions, 50 KB state") in rounds


def test_a_suite_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_wrong.py").write_text("def test_wrong():\n    assert 1 == 2\n")
    monkeypatch.setattr(micro, "SUITES", tmp_path)
    with pytest.raises(micro.SuitesFailed, match="assert 1 == 2") as error:
        list(micro.measure(case_s=0.001))
    assert "1 failed" in error.value.said


def test_rounds_are_read_in_microseconds() -> None:
    document = {
        "benchmarks": [
            {"group": "jsontext", "name": "test_encode[small]", "stats": {"data": [0.5, 0.25]}}
        ]
    }
    assert list(micro.read(document)) == [
        Micro("jsontext", "encode, small", 0, 500_000.0),
        Micro("jsontext", "encode, small", 1, 250_000.0),
    ]


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("test_encode", "encode"),
        ("test_decode_strict[50 KB state]", "decode strict, 50 KB state"),
        ("test_update[no key-small state]", "update, no key, small state"),
    ],
)
def test_a_case_is_named_in_words(name: str, case: str) -> None:
    assert micro.case_of(name) == case


def test_only_a_test_names_a_case() -> None:
    with pytest.raises(ValueError, match="expected the name of a test"):
        micro.case_of("encode")
