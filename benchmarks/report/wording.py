"""Numbers and names as a reader reads them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS: Final = 3
SPACE: Final = "\N{NO-BREAK SPACE}"
_TEN: Final = 10
_MIB: Final = 2**20

NONE: Final = "\N{EN DASH}"
"""What stands where there is no value."""

TARGETS: Final = {
    "coupled-warm": "coupled, warm",
    "coupled-cold-cache": "coupled, cold cache",
    "coupled-with-key": "coupled, warm, with a key",
    "coupled-http": "coupled, over HTTP",
    "coupled-http-with-key": "coupled, over HTTP, with a key",
    "streamed": "streamed",
    "streamed-best": "streamed, no wait for polls",
    "streamed-4hz": "streamed, 4 polls a second",
    "floor-get": "boto3, get",
    "floor-transact": "boto3, transaction",
    "floor-get-transact": "boto3, get and transaction",
}
"""What the report calls each target, in the order in which it shows them."""


def target(name: str) -> str:
    """Say what a target is; a name that is not known stays as it is."""
    return TARGETS.get(name, name)


def order(name: str) -> tuple[int, str]:
    """Give the sort key of a target: known ones in the order of `TARGETS`, then the others."""
    known = list(TARGETS)
    return (known.index(name) if name in TARGETS else len(known), name)


def number(value: float) -> str:
    """Write a number with three significant digits, and whole from 100 on.

    A time that grows for as long as one looks is endless.

    Examples
    --------
    >>> [number(value) for value in (0, 0.01234, 1.5, 12.34, 123.4, -2.0)]
    ['0', '0.0123', '1.50', '12.3', '123', '-2.00']
    >>> number(1234567) == count(1234567)
    True
    >>> number(math.inf)
    'endless'
    """
    if value == 0:
        return "0"
    if math.isinf(value):
        return "endless"
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    if round(abs(value), max(digits, 0)) >= 10 ** (_DIGITS - digits):
        digits -= 1
    return f"{value:,.{max(digits, 0)}f}".replace(",", SPACE)


def count(value: float) -> str:
    """Write a whole number, its thousands apart.

    Examples
    --------
    >>> count(100000).split()
    ['100', '000']
    """
    return f"{value:,.0f}".replace(",", SPACE)


def amount(value: float) -> str:
    """Write a number as short as three significant digits allow.

    Examples
    --------
    >>> [amount(value) for value in (4.0, 0.24, 1.25, 100.0)]
    ['4', '0.24', '1.25', '100']
    """
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def ratio(value: float) -> str:
    """Write a ratio: two digits after the point, fewer from 10 on.

    Examples
    --------
    >>> [ratio(value) for value in (0.9876, 1.1, 54.21, 123.4)]
    ['0.99', '1.10', '54.2', '123']
    """
    return number(value) if value >= _TEN else f"{value:.2f}"


def ms(value: float) -> str:
    """Write milliseconds."""
    return f"{number(value)}{SPACE}ms"


def usd(value: float) -> str:
    """Write dollars.

    Examples
    --------
    >>> [usd(value) for value in (5.376, 100.04)]
    ['$5.38', '$100']
    """
    return f"${number(value)}"


def mebibytes(size_bytes: float) -> str:
    """Write bytes as MiB.

    Examples
    --------
    >>> mebibytes(1.5 * 2**20).split()
    ['1.50', 'MiB']
    """
    return f"{number(size_bytes / _MIB)}{SPACE}MiB"


def sentence(text: str) -> str:
    """Begin with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def listing(parts: Sequence[str]) -> str:
    """Join words as in a sentence.

    Examples
    --------
    >>> listing(["a", "b", "c"]), listing(["a"])
    ('a, b and c', 'a')
    """
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
