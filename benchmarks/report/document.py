"""``python -m benchmarks report``: the report of a run and the README's fragment."""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from matplotlib.figure import Figure

from benchmarks import checkout
from benchmarks.report import (
    capacity,
    cost,
    drawing,
    following,
    growth,
    latency,
    processes,
    simulated,
    timeline,
    wording,
)
from benchmarks.report.budgets import check
from benchmarks.report.results import Results, load
from benchmarks.report.statistics import Figures, NotMeasured

RESULTS: Final = checkout.ROOT / "benchmarks" / "results"
README: Final = checkout.ROOT / "README.md"
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
    Section("boards", "States in parts", growth.boards, growth.draw_boards),
    Section("writers", "Writers", growth.writers),
    Section("cold", "Cold start", processes.figures, processes.draw),
    Section("memory", "Memory", processes.memory),
    Section("capacity", "Capacity units", capacity.figures),
    Section("parts", "The parts alone", capacity.parts),
    Section("model", "The model: latency and limits", simulated.figures, simulated.draw),
    Section("contention", "The model: writers of one order", simulated.contended),
    Section("cost", "The model: cost", cost.figures, cost.draw),
    Section("following", "What follows commits", following.figures),
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


def main(arguments: Sequence[str]) -> int:
    """Run ``report`` with the rest of the command line, and return the exit code.

    It is 1 after an error message, and 2 after wrong usage.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks report",
        description="Make the report of samples: report.md, and its plots beside it.",
    )
    parser.add_argument(
        "--from",
        dest="samples",
        type=Path,
        default=RESULTS,
        metavar="DIR",
        help="directory of the samples; default: benchmarks/results",
    )
    parser.add_argument(
        "--to", type=Path, metavar="DIR", help="directory of the report; default: that of --from"
    )
    parser.add_argument(
        "--readme",
        action="store_true",
        help="also write the main figures between the markers of README.md",
    )
    chosen = parser.parse_args(arguments)
    if chosen.readme and (chosen.samples != RESULTS or chosen.to):
        parser.error("--readme shows benchmarks/results; leave out --from and --to")
    try:
        results = load(chosen.samples)
        print(write_report(results, chosen.to or chosen.samples))
        if chosen.readme:
            write_fragment(fragment(results, RESULTS), README)
    # Samples that are cut off or in another format raise ValueError.
    except (NotMeasured, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
