"""The report of a run, the README's fragment, and what writes both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks import checkout
from benchmarks.report import plots, readings
from benchmarks.report.latency import Missing
from benchmarks.report.rendering import render
from benchmarks.report.results import load
from benchmarks.report.sections import HEADLINE, HEADLINE_PLOT, PLOTS
from benchmarks.report.statistics import TooFewSamples

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.report.results import Results
    from benchmarks.report.sections import Plot

REPORT_FILE: Final = "report.md"
BEGIN: Final = "<!-- benchmark -->"
END: Final = "<!-- /benchmark -->"


class NoMarkers(ValueError):
    """A README has no place for the fragment.

    Parameters
    ----------
    readme
        The file.
    """

    def __init__(self, readme: Path) -> None:
        super().__init__(
            f"{readme.name}: expected one line {BEGIN} and after it one line {END}; received "
            "another number or order of them. Put both where the figures belong."
        )
        self.readme = readme


def main(directory: Path, to: Path | None = None) -> Path:
    """Make the report of a results directory, its plots beside it.

    Parameters
    ----------
    directory
        Where the samples are.
    to
        Where the report goes; beside the samples when it is None.

    Returns
    -------
    Path
        Of the report.

    Raises
    ------
    benchmarks.report.results.MissingResults
        When there is no such directory.
    ValueError
        When a file in it is not what `benchmarks.samples` writes.
    """
    results, to = load(directory), to or directory
    to.mkdir(parents=True, exist_ok=True)
    drawn = {plot.file for plot in PLOTS if _draw(plot, results, to)}
    report = to / REPORT_FILE
    report.write_text(render(results, drawn), encoding="utf-8")
    return report


def headline(directory: Path) -> str:
    """Give the README's fragment: the plot at one glance, and what it says.

    Parameters
    ----------
    directory
        Where the samples and the plots are, inside the project.

    Raises
    ------
    Missing, TooFewSamples
        When what it says was not measured, or not often enough.
    """
    results = load(directory)
    place = directory.resolve().relative_to(checkout.ROOT.resolve()).as_posix()
    return (
        f"![{HEADLINE.title}]({place}/{HEADLINE_PLOT.file})\n\n"
        f"{HEADLINE.reading(results)}\n\n"
        f"{readings.floor(results)} {readings.budgets(results)}\n\n"
        f"{readings.place(results)} "
        f"[The report]({place}/{REPORT_FILE}) has the method and its weaknesses, every figure, a "
        "model of both designs on AWS, and how to repeat it all.\n"
    )


def write_headline(directory: Path, readme: Path) -> None:
    """Put the fragment between its markers.

    Raises
    ------
    NoMarkers
        When the README does not have them.
    """
    before, _, after = _parts(readme)
    readme.write_text(f"{before}{headline(directory)}{after}", encoding="utf-8")


def written_headline(readme: Path) -> str:
    """Read the fragment between its markers.

    Raises
    ------
    NoMarkers
        When the README does not have them.
    """
    return _parts(readme)[1]


def _parts(readme: Path) -> tuple[str, str, str]:
    """Split a README into what ends with the first marker, the fragment, and the rest."""
    text = readme.read_text(encoding="utf-8")
    begin, end = f"{BEGIN}\n", f"{END}\n"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
        raise NoMarkers(readme)
    before, rest = text.split(begin)
    fragment, after = rest.split(end)
    return f"{before}{begin}", fragment, f"{end}{after}"


def _draw(plot: Plot, results: Results, to: Path) -> bool:
    """Save a plot, or remove an older one that these samples do not make; tell which."""
    path = to / plot.file
    try:
        plots.save(plot.draw, results, path)
    except (Missing, TooFewSamples):
        path.unlink(missing_ok=True)
        return False
    return True
