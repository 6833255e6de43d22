"""The report of a run and the README's fragment: templates filled with the figures."""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from matplotlib.figure import Figure

from benchmarks import checkout
from benchmarks.report import (
    capacity,
    cost,
    drawing,
    growth,
    latency,
    memory,
    simulated,
    start,
    timeline,
    wording,
)
from benchmarks.report.budgets import check
from benchmarks.report.results import Results
from benchmarks.report.statistics import Figures, NotMeasured

REPORT_FILE: Final = "report.md"
BEGIN: Final = "<!-- benchmark -->\n"
END: Final = "<!-- /benchmark -->\n"


class Section(NamedTuple):
    """A section of the report: the template ``{name}.md.jinja``, filled with its figures."""

    name: str
    title: str
    figures: Callable[[Results], Figures]
    draw: Callable[[Results], Figure | None] = lambda _: None

    @property
    def plot(self) -> str:
        """The file of the plot beside the report, which exists only if there was one to draw."""
        return f"{self.name}.svg"


def _headline(results: Results) -> Figures:
    return latency.headline(results) | simulated.figures(results)


SECTIONS: Final = (
    Section("headline", "Coupled against streamed", _headline, latency.draw_headline),
    Section("latency", "Latency", latency.figures, latency.draw),
    Section("timeline", "Step by step", timeline.figures, timeline.draw),
    Section("growth", "Growth", growth.figures, growth.draw),
    Section("writers", "Writers", growth.writers, growth.draw_writers),
    Section("cold", "Cold start", start.figures, start.draw),
    Section("memory", "Memory", memory.figures, memory.draw),
    Section("capacity", "Capacity units", capacity.figures),
    Section("parts", "The parts alone", capacity.parts),
    Section("model", "The model: latency and limits", simulated.figures, simulated.draw),
    Section("contention", "The model: writers of one order", simulated.contended),
    Section("cost", "The model: cost", cost.figures, cost.draw),
)
"""In the report's order."""


def row(*cells: object) -> str:
    """Write a row of a Markdown table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def folded(text: str, title: str) -> str:
    """Fold text away under its title."""
    return f"<details><summary>{title}</summary>\n\n{text.strip()}\n\n</details>\n"


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.globals |= {"row": row, "dash": wording.NONE}
_TEMPLATES.filters |= {"folded": folded} | wording.FILTERS


def _filled(name: str, **figures: object) -> str:
    text = _TEMPLATES.get_template(f"{name}.md.jinja").render(figures)
    return re.sub(r"\n{3,}", "\n\n", text)


def render(results: Results, drawn: Collection[str]) -> str:
    """Write the whole report; `drawn` are the files of the plots beside it."""
    sections = []
    for section in SECTIONS:
        plot = section.plot if section.plot in drawn else ""
        figures = section.figures(results)
        sections.append(_filled(section.name, title=section.title, plot=plot, **figures))
    return _filled("report", sections=sections, run=results.run, outcomes=check(results))


def write_report(results: Results, to: Path) -> Path:
    """Write the report and its plots into a directory, and return the path of the report."""
    to.mkdir(parents=True, exist_ok=True)
    drawn = [one.plot for one in SECTIONS if drawing.save(one.draw, results, to / one.plot)]
    report = to / REPORT_FILE
    report.write_text(render(results, drawn), encoding="utf-8")
    return report


def fragment(results: Results, directory: Path) -> str:
    """Write the README's fragment: the main plot and figures of a directory in the project.

    `NotMeasured` is raised if its figures were not measured, or not often enough.
    """
    figures, engine = _headline(results), latency.main_engine(results)
    if not figures["times"]:
        raise NotMeasured(str(figures["reason"]))
    return _filled(
        "readme",
        place=directory.resolve().relative_to(checkout.ROOT.resolve()).as_posix(),
        engine=engine,
        run=results.run,
        warm=latency.ratio(results.latency, engine, "update", "coupled-warm", "floor-transact"),
        outcomes=check(results),
        **figures,
    )


def write_fragment(text: str, readme: Path) -> None:
    """Put the fragment between its markers in a README."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    old, end, after = rest.partition(END)
    if not end or any(mark in part for mark in (BEGIN, END) for part in (before, old, after)):
        raise ValueError(
            f"{readme.name}: expected one line {BEGIN.strip()} and below it one line "
            f"{END.strip()}; received another number or order of them. Put both where the figures "
            "belong."
        )
    readme.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
