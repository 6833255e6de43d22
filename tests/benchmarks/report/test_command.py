from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import checkout
from benchmarks.report import command

if TYPE_CHECKING:
    from pathlib import Path


def test_the_report_goes_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, there = tmp_path / "samples", tmp_path / "there"
    samples.mkdir()
    assert command.main(["--from", str(samples), "--to", str(there)]) == 0
    assert capsys.readouterr().out.strip() == str(there / "report.md")
    assert (there / "report.md").exists()
    assert not list(samples.iterdir())


def test_missing_samples_are_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--from", str(tmp_path / "nowhere")]) == 1
    assert "Measure first" in capsys.readouterr().err


def test_the_readme_shows_the_projects_own_results_only(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--readme", "--from", str(directory)])
    assert ended.value.code == 2
    assert "leave out --from" in capsys.readouterr().err


def test_the_readme_is_written_where_asked(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- benchmark -->\n<!-- /benchmark -->\n", encoding="utf-8")
    monkeypatch.setattr(command, "RESULTS", directory)
    monkeypatch.setattr(command, "README", readme)
    monkeypatch.setattr(checkout, "ROOT", directory.parent)
    assert command.main(["--readme"]) == 0
    assert "times as long" in readme.read_text(encoding="utf-8")
