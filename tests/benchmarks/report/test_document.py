import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.report import document
from benchmarks.report.budgets import BUDGETS
from benchmarks.report.document import BEGIN, END, SECTIONS, fragment, render, write_fragment
from benchmarks.report.results import KINDS, Results
from benchmarks.report.statistics import NotMeasured


def without(results: Results, *missing: str) -> Results:
    """Return the results without the samples of some kinds."""
    frames = {name: getattr(results, name).clear() for name in missing if name != "run"}
    return replace(results, run={} if "run" in missing else results.run, **frames)


@pytest.mark.usefixtures("few_requests")
@pytest.mark.parametrize("only", [*KINDS, "run", None])
def test_any_kind_of_samples_alone_makes_a_report(results: Results, only: str | None) -> None:
    text = render(without(results, *({*KINDS, "run"} - {only})), drawn=())
    assert "![" not in text
    for section in SECTIONS:
        assert f"\n## {section.title}\n" in text
    if only not in {"latency", "growth"}:
        assert text.count("Not measured") >= len(BUDGETS) - 4


@pytest.mark.usefixtures("few_requests")
@pytest.mark.parametrize("missing", [*KINDS, "run"])
def test_any_kind_of_samples_may_be_missing(results: Results, missing: str) -> None:
    text = render(without(results, missing), drawn=())
    assert ("The run left no `run.json`" in text) == (missing == "run")
    assert text.endswith("```\n")


@pytest.mark.usefixtures("few_requests")
def test_a_report_is_made_from_few_samples(results: Results) -> None:
    frames = {
        name: frame.filter(round=0) if "round" in frame.columns else frame[:2]
        for name, frame in ((name, getattr(results, name)) for name in KINDS)
    }
    few = replace(results, **{**frames, "growth": frames["growth"].filter(size=1)})
    text = render(few, drawn=())
    assert "ratio of interleaved rounds: expected at least 3 rounds" in text
    for section in SECTIONS:
        section.draw(few)


@pytest.mark.usefixtures("few_requests")
def test_a_report_is_written_where_asked_and_removes_plots_without_samples(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples, there = tmp_path / "samples", tmp_path / "there"
    for made in (samples, there):
        made.mkdir()
    shutil.copy(directory / "memory.csv", samples)
    (there / "latency.svg").write_text("of an older run", encoding="utf-8")
    assert document.main(["--from", str(samples), "--to", str(there)]) == 0
    assert capsys.readouterr().out.strip() == str(there / "report.md")
    assert {path.name for path in there.iterdir()} == {*("model.svg", "cost.svg", "report.md")}
    assert "latency.svg" not in (there / "report.md").read_text(encoding="utf-8")
    assert [path.name for path in samples.iterdir()] == ["memory.csv"]


def test_without_a_directory_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert document.main(["--from", str(tmp_path / "nowhere")]) == 1
    assert "Measure first: python -m benchmarks run" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.usefixtures("few_requests")
def test_uncommitted_changes_are_noted(results: Results, text: str) -> None:
    note = "and changes that were not committed"
    assert note not in text
    changed = replace(results, run={**results.run, "modified": True})
    assert f"{results.run['revision']} {note}" in render(changed, drawn=())


def test_the_readme_shows_the_projects_own_results_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        document.main(["--readme", "--from", str(tmp_path)])
    assert ended.value.code == 2
    assert "leave out --from" in capsys.readouterr().err


@pytest.mark.usefixtures("few_requests")
def test_the_fragment_is_written_between_its_markers(
    results: Results, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}old\n{END}after\n", encoding="utf-8")
    monkeypatch.setattr(document, "README", readme)
    monkeypatch.setattr(document, "write_report", lambda *_: "the report: proven above")
    expected = fragment(results, directory)
    for _ in range(2):
        assert document.main(["--readme"]) == 0
        assert readme.read_text(encoding="utf-8") == f"before\n{BEGIN}{expected}{END}after\n"
    assert "](benchmarks/results/headline.svg)" in expected
    assert expected.count("\n") <= 12


@pytest.mark.usefixtures("few_requests")
def test_a_fragment_needs_its_figures(results: Results, directory: Path) -> None:
    with pytest.raises(NotMeasured, match="no samples of dynamodb-local, update, coupled-http"):
        fragment(without(results, "latency"), directory)


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_readme_without_markers_is_left_alone(tmp_path: Path, text: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"README\.md: expected one line <!-- benchmark -->"):
        write_fragment("new\n", readme)
    assert readme.read_text(encoding="utf-8") == text
