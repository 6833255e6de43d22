"""Numbers and names as the report prints them; a missing number is a dash."""

import functools
import math
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

SPACE: Final = "\N{NO-BREAK SPACE}"
NONE: Final = "\N{EN DASH}"
TARGETS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("targets.toml").read_text(encoding="utf-8")
)
"""Name and colour of each target, in the report's order."""

_DIGITS: Final = 3
_TEN: Final = 10
_MIB: Final = 2**20
_NUMERIC: Final = re.compile(rf"[-+]?\d.*|{NONE}")


def _dash(write: Callable[[float], str]) -> Callable[[float | None], str]:
    @functools.wraps(write)
    def dashed(value: float | None) -> str:
        return NONE if value is None else write(value)

    return dashed


def target(name: str) -> str:
    """Return what a target is called; an unknown name stays as it is."""
    return TARGETS.get(name, {"name": name})["name"]


def order(name: str) -> tuple[int, str]:
    """Return the sort key of a target: known ones in the order of `TARGETS`, then the others."""
    known = list(TARGETS)
    return (known.index(name) if name in TARGETS else len(known), name)


@_dash
def number(value: float) -> str:
    """Write a number with three significant digits, without decimals from 100 on."""
    if value == 0:
        return "0"
    if math.isinf(value):
        return "endless"
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    if round(abs(value), max(digits, 0)) >= 10 ** (_DIGITS - digits):
        digits -= 1
    return f"{value:,.{max(digits, 0)}f}".replace(",", SPACE)


@_dash
def whole(value: float) -> str:
    """Write a whole number, with spaces between thousands."""
    return f"{value:,.0f}".replace(",", SPACE)


@_dash
def amount(value: float) -> str:
    """Write a number with up to three significant digits: 4 instead of 4.00."""
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


@_dash
def ratio(value: float) -> str:
    """Write a ratio: two decimals, fewer from 10 on."""
    return number(value) if value >= _TEN else f"{value:.2f}"


@_dash
def ms(value: float) -> str:
    """Write milliseconds."""
    return f"{number(value)}{SPACE}ms"


@_dash
def usd(value: float) -> str:
    """Write dollars."""
    return f"${number(value)}"


@_dash
def mebibytes(size_bytes: float) -> str:
    """Write bytes as MiB."""
    return f"{number(size_bytes / _MIB)}{SPACE}MiB"


def span(low: float, high: float) -> str:
    """Write the two ends of a range of ratios."""
    return f"{ratio(low)} to {ratio(high)}"


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def listing(parts: Sequence[str]) -> str:
    """Join words as in a sentence: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), *parts[-1:]] if len(parts) > 1 else parts)


def columns(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table for a terminal: a title, and columns of equal width, numbers flush right."""
    cells = [[*column] for column in zip(headings, *rows, strict=True)]
    for column in cells:
        width = max(map(len, column))
        numeric = all(map(_NUMERIC.fullmatch, column[1:]))
        column[:] = [cell.rjust(width) if numeric else cell.ljust(width) for cell in column]
    return "\n".join([title, *("  ".join(row).rstrip() for row in zip(*cells, strict=True))])


FILTERS: Final = {
    write.__name__: write
    for write in (number, whole, amount, ratio, ms, usd, mebibytes, sentence, target, listing)
}
"""For templates."""
