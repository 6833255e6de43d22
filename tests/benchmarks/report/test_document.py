from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from benchmarks import checkout
from benchmarks.report import document
from benchmarks.report.budgets import BUDGETS
from benchmarks.report.document import BEGIN, END, NoMarkers, headline, main, write_headline
from benchmarks.report.rendering import render
from benchmarks.report.results import MissingResults, load
from benchmarks.report.sections import MEASURED, MODELLED, PLOTS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.report.results import Results

FILES = (
    "latency.csv",
    "timeline.csv",
    "growth.csv",
    "cold.csv",
    "imports.csv",
    "memory.csv",
    "units.csv",
    "package.csv",
    "micro.csv",
    "run.json",
)


def test_the_report_has_every_section_and_plot(report: Path) -> None:
    text = (report / "report.md").read_text(encoding="utf-8")
    assert "there are no samples" not in text
    for section in (*MEASURED, *MODELLED):
        assert f"\n## {section.title}\n" in text
    for plot in PLOTS:
        assert f"]({plot.file})" in text
        assert (report / plot.file).read_bytes().startswith(b"<?xml")


def test_the_same_samples_give_the_same_bytes(
    directory: Path, report: Path, tmp_path: Path
) -> None:
    again = main(directory, tmp_path).parent
    names = sorted(path.name for path in report.iterdir())
    assert sorted(path.name for path in again.iterdir()) == names
    for name in names:
        assert (again / name).read_bytes() == (report / name).read_bytes()


def without(directory: Path, to: Path, missing: set[str]) -> Results:
    to.mkdir()
    for name in set(FILES) - missing:
        shutil.copy(directory / name, to)
    return load(to)


@pytest.mark.parametrize("only", [*FILES, None])
def test_any_files_alone_make_a_report(directory: Path, tmp_path: Path, only: str | None) -> None:
    results = without(directory, tmp_path / "some", set(FILES) - {only})
    text = render(results, drawn=())
    assert "![" not in text
    for section in MEASURED:
        assert f"\n## {section.title}\n" in text
    if only not in {"latency.csv", "growth.csv"}:
        assert text.count("Not measured") >= len(BUDGETS) - 4


@pytest.mark.parametrize("missing", FILES)
def test_any_file_may_be_missing(directory: Path, tmp_path: Path, missing: str) -> None:
    text = render(without(directory, tmp_path / "some", {missing}), drawn=())
    assert text.endswith("\n")


def test_a_plot_of_samples_that_are_gone_is_removed(directory: Path, tmp_path: Path) -> None:
    without(directory, tmp_path / "some", set(FILES) - {"memory.csv"})
    (tmp_path / "some" / "latency.svg").write_text("of an older run", encoding="utf-8")
    text = main(tmp_path / "some").read_text(encoding="utf-8")
    assert {path.name for path in (tmp_path / "some").glob("*.svg")} == {
        "memory.svg",
        "model.svg",
        "cost.svg",
    }
    assert "latency.svg" not in text


def test_no_directory_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingResults, match="python -m benchmarks run"):
        main(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_changes_that_were_not_committed_are_said(results: Results) -> None:
    assert "and changes that were not committed" not in render(results, drawn=())
    changed = replace(results, run={**results.run, "modified": True})
    assert f"{results.run['revision']} and changes that were not committed" in render(
        changed, drawn=()
    )


@pytest.fixture
def place(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The results, inside the project."""
    monkeypatch.setattr(checkout, "ROOT", directory.parent)
    return directory


def test_the_fragment_goes_between_its_markers(place: Path, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_headline(place, readme)
        assert readme.read_text(encoding="utf-8") == (
            f"before\n{BEGIN}\n{headline(place)}{END}\nafter\n"
        )
    assert document.written_headline(readme) == headline(place)
    assert f"]({place.name}/headline.svg)" in headline(place)


@pytest.mark.parametrize(
    "text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"]
)
def test_a_readme_without_markers_is_left_alone(place: Path, tmp_path: Path, text: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(NoMarkers, match=r"README\.md: expected one line <!-- benchmark -->"):
        write_headline(place, readme)
    assert readme.read_text(encoding="utf-8") == text
