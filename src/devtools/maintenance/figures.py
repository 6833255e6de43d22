"""Put the figures of a new report of the benchmarks into the tables of the documentation.

Below a line ``<!-- figures of the report ... -->`` is a table whose rows are parts of rows of
``benchmarks/results/report.md``. Where each cell came from is found in the committed report.
"""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Final

from maintenance import ROOT

DOCS: Final = ROOT / "src" / "docs"
REPORT: Final = "benchmarks/results/report.md"
USD_A_MILLION_UNITS: Final = 0.625
"""https://aws.amazon.com/dynamodb/pricing/on-demand/"""
FIGURES: Final = re.compile(
    r"(?<=<!-- figures of the report)(.*?\n\n\|.*\n\|.*\n)((?:\|.*\n)+)", re.MULTILINE
)
_TABLE: Final = re.compile(r"<summary>([^<]*)</summary>\n\n\|.*\n\|.*\n((?:\|.*\n)+)")

Row = list[str]


class NotFound(ValueError):
    """A row of a page is no part of a row of the report."""


def cells(line: str) -> Row:
    """Split a row of a Markdown table."""
    return [cell.strip() for cell in line.replace("\N{NO-BREAK SPACE}", " ").strip("|").split("|")]


def tables(report: str) -> dict[str, list[Row]]:
    """Return the rows of each folded table of a report by its title."""
    return {title: list(map(cells, rows.splitlines())) for title, rows in _TABLE.findall(report)}


def renewed(page: str, old: str, new: str) -> str:
    """Return a page of the old report's figures with those of the new one.

    Raises
    ------
    NotFound
        If a row is not part of the old report, or the new one has no such row.
    """
    before, after = tables(old), tables(new)

    def renew(found: re.Match[str]) -> str:
        rows = [_renewed(cells(line), before, after) for line in found[2].splitlines()]
        return found[1] + "".join(f"| {' | '.join(row)} |\n" for row in rows)

    return FIGURES.sub(renew, page)


def _renewed(row: Row, before: dict[str, list[Row]], after: dict[str, list[Row]]) -> Row:
    shown = row[:-1] if row[-1].endswith(" USD") else row
    for title, rows in before.items():
        for old in rows:
            if (columns := _columns(shown, old)) and title in after:
                new = max(after[title], key=lambda other: _common(old, other))
                if _common(old, new):
                    found = [new[column] for column in columns]
                    if shown is not row:
                        found.append(f"{float(found[-1]) * USD_A_MILLION_UNITS:.2f} USD")
                    return found
    raise NotFound(f"expected a part of a row of {REPORT}; received {' | '.join(row)}.")


def _columns(part: Row, row: Row) -> list[int] | None:
    """Return where the cells of a part are, in this order."""
    columns: list[int] = []
    for cell in part:
        try:
            columns.append(row.index(cell, columns[-1] + 1 if columns else 0))
        except ValueError:
            return None
    return columns


def _common(one: Row, other: Row) -> int:
    """Count the cells at the beginning, those that name what was measured, that are equal."""
    differing = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def main() -> int:
    """Renew every page; the committed report is the old one. Return the exit code."""
    command = ["git", "show", f"HEAD:{REPORT}"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    old = run.stdout
    new = (ROOT / REPORT).read_text(encoding="utf-8")
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        try:
            page.write_text(renewed(text, old, new), encoding="utf-8")
        except NotFound as error:
            print(f"{page.name}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
