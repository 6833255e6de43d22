"""The committed report, its plots and the README's figures are those of the committed samples."""

import re
from pathlib import Path

import pytest

from benchmarks import checkout
from benchmarks.report.document import SECTIONS, fragment, write_fragment, write_report
from benchmarks.report.drawing import save
from benchmarks.report.results import Results

TABLES_ONLY = {"capacity", "contention", "following", "memory", "parts", "writers"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NAME = re.compile(r'(?<=id=")[^"]+|(?<=href="#)[^"]+|(?<=url\(#)[^)]+')


@pytest.fixture(scope="module")
def report(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the report, made again."""
    return write_report(results, tmp_path_factory.mktemp("report")).parent


def test_the_report_is_current(directory: Path, report: Path) -> None:
    text = (report / "report.md").read_text(encoding="utf-8")
    assert (directory / "report.md").read_text(encoding="utf-8") == text
    assert "Not measured:" not in text
    for section in SECTIONS:
        assert f"\n## {section.title}\n" in text
        assert (f"]({section.plot})" in text) == (section.name not in TABLES_ONLY)


def test_the_plots_are_current(directory: Path, report: Path) -> None:
    names = {path.name for path in report.glob("*.svg")}
    assert names == {one.plot for one in SECTIONS if one.name not in TABLES_ONLY}
    assert {path.name for path in directory.glob("*.svg")} == names
    for name in names:
        # Names are hashes of shapes, and another processor may round a shape another way.
        one, other = (
            NAME.sub("", (place / name).read_text(encoding="utf-8"))
            for place in (directory, report)
        )
        assert NUMBER.sub("", one) == NUMBER.sub("", other)
        numbers = [[float(found) for found in NUMBER.findall(text)] for text in (one, other)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.05)


def test_the_same_samples_give_the_same_bytes(
    results: Results, report: Path, tmp_path: Path
) -> None:
    headline = SECTIONS[0]
    assert save(headline.draw, results, tmp_path / headline.plot)
    again = (tmp_path / headline.plot).read_bytes()
    assert again == (report / headline.plot).read_bytes()
    for unwanted in (b"<text", b"<dc:date>", b"<dc:creator>"):
        assert unwanted not in again


def test_the_readme_is_current(directory: Path, results: Results, tmp_path: Path) -> None:
    readme = (checkout.ROOT / "README.md").read_text(encoding="utf-8")
    copy = tmp_path / "README.md"
    copy.write_text(readme, encoding="utf-8")
    write_fragment(fragment(results, directory), copy)
    assert copy.read_text(encoding="utf-8") == readme
