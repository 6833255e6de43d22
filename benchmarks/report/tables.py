"""A table, as Markdown and as plain text for a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from benchmarks.report import wording

_NUMERIC: Final = re.compile(rf"^(?:[-+]?\d.*|{wording.NONE})$")


@dataclass(frozen=True)
class Table:
    """Rows of text under a title and headings.

    Parameters
    ----------
    title
        What it shows.
    headings
        One a column.
    rows
        As many cells each as there are headings. A column of numbers alone is set flush right.

    Raises
    ------
    ValueError
        When a row has another number of cells.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.headings):
                raise ValueError(
                    f"{self.title}: expected {len(self.headings)} cells in a row; "
                    f"received {len(row)}: {row}. Give one for each heading."
                )

    def markdown(self) -> str:
        """Write it as a GitHub Markdown table, without the title.

        Examples
        --------
        >>> print(Table("Sizes", ("what", "bytes"), (("zip", "12"),)).markdown())
        | what | bytes |
        |:---|---:|
        | zip | 12 |
        """
        rule = "".join(f"{'---:' if right else ':---'}|" for right in self._right())
        lines = [_line(self.headings), f"|{rule}", *(_line(row) for row in self.rows)]
        return "\n".join(lines)

    def plain(self) -> str:
        """Write it for a terminal: the title, and columns of equal width.

        Examples
        --------
        >>> print(Table("Sizes", ("what", "bytes"), (("zip", "12"),)).plain())
        Sizes
        what  bytes
        zip      12
        """
        columns = list(zip(self.headings, *self.rows, strict=True))
        widths = [max(map(len, column)) for column in columns]
        right = self._right()
        lines = [
            "  ".join(
                cell.rjust(width) if flush else cell.ljust(width)
                for cell, width, flush in zip(row, widths, right, strict=True)
            ).rstrip()
            for row in (self.headings, *self.rows)
        ]
        return "\n".join([self.title, *lines])

    def _right(self) -> list[bool]:
        """Tell which columns hold numbers alone."""
        return [
            bool(self.rows) and all(_NUMERIC.match(row[index]) for row in self.rows)
            for index in range(len(self.headings))
        ]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
