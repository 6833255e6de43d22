"""The report as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from benchmarks.report import readings, wording
from benchmarks.report.budgets import check
from benchmarks.report.latency import Missing
from benchmarks.report.method import METHOD, NOT_MEASURED, WEAKNESSES
from benchmarks.report.sections import HEADLINE, MEASURED, MODELLED
from benchmarks.report.statistics import TooFewSamples
from benchmarks.report.tables import Table
from benchmarks.report.tables_latency import budgets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from benchmarks.report.budgets import Outcome
    from benchmarks.report.results import Results
    from benchmarks.report.sections import Section

_INTRODUCTION: Final = """\
How long an action takes from its sending to the new state, and what it costs: Roundtrip's coupled
design against the streamed design that it replaces, and both against boto3 alone. This page is
made by `python -m benchmarks report` from the CSV files beside it; no figure on it is typed."""

_RUN: Final = {
    "date": "date",
    "command": "command",
    "revision": "revision",
    "cpu": "processor",
    "cores": "cores",
    "memory": "memory",
    "kernel": "kernel",
    "python": "Python",
    "engines": "engines",
    "packages": "packages",
}
"""What is shown of ``run.json``, in this order, and what it is called."""

_REPEAT: Final = """\
```sh
make bench                                    # measures, and writes this page
python -m benchmarks report                   # this page again, from the samples there are
python -m benchmarks deployed --help          # the same against deployed stacks
```"""


def render(results: Results, drawn: Collection[str]) -> str:
    """Write the whole report.

    Parameters
    ----------
    results
        Of what.
    drawn
        The files of the plots that lie beside it.
    """
    parts = ["# Benchmark", _INTRODUCTION, *_section(HEADLINE, results, drawn)]
    parts += ["## Budgets", readings.budgets(results), *_budgets(check(results))]
    parts += ["## What was measured, and on what", _run(results), METHOD]
    cores = results.run.get("cores")
    parts += ["### Weaknesses of the method"]
    parts += [WEAKNESSES.format(cores=f"{cores} cores" if cores else "one machine")]
    for section in (*MEASURED, *MODELLED):
        parts += _section(section, results, drawn)
    parts += ["## Not measured", NOT_MEASURED, "## How to repeat it", _REPEAT]
    return "\n\n".join(parts) + "\n"


def _section(section: Section, results: Results, drawn: Collection[str]) -> Iterator[str]:
    yield f"## {section.title}"
    try:
        yield section.reading(results)
    except (Missing, TooFewSamples) as reason:
        yield f"Not measured: {reason}"
    if section.plot is not None and section.plot.file in drawn:
        yield f"![{section.title}]({section.plot.file})"
    for table in section.tables(results):
        if table.rows:
            yield _folded(table.title, table.markdown())


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _budgets(outcomes: list[Outcome]) -> Iterator[str]:
    yield budgets(outcomes).markdown()
    how = "\n".join(
        f"- {outcome.budget.what} ({outcome.budget.per}): {outcome.budget.how}."
        + (f" Not measured: {outcome.reason}" if outcome.reason else "")
        for outcome in outcomes
    )
    yield _folded("How each is measured", how)


def _run(results: Results) -> str:
    """Show what the run says of itself."""
    run = dict(results.run)
    if run.pop("modified", False):
        run["revision"] = f"{run.get('revision', '')} and changes that were not committed"
    rows = [(name, _value(run[key])) for key, name in _RUN.items() if key in run]
    if not rows:
        return "The run left no `run.json`: machine, versions and date are not known."
    return Table("Run", ("", ""), tuple(rows)).markdown()


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return wording.listing([f"{key} {each}" for key, each in value.items()])
    return str(value)
