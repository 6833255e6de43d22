"""A limit that AWS documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from benchmarks.model.footprint import Design

Scope: TypeAlias = Literal["one order", "all orders", "clients", "size", "time"]
"""Of what: a rate of one order or of the service, the number of clients, a size, a time."""

DOCS: Final = "https://docs.aws.amazon.com/"
SEEN: Final = date(2026, 11, 23)
"""When the pages were read."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A documented limit and when it is met.

    Parameters
    ----------
    name
        What it limits.
    design
        Whose.
    scope
        Of what.
    value, unit
        As documented.
    actions_per_s
        Small actions a second at which it is met; None when it is no matter of a rate.
    raisable
        Whether AWS raises it on request or by a setting.
    remedy
        What to do when it is met.
    url
        AWS's page.
    seen
        When the page was read.
    note
        How the rate follows from the value.
    """

    name: str
    design: Design
    scope: Scope
    value: float
    unit: str
    actions_per_s: float | None
    raisable: bool
    remedy: str
    url: str
    seen: date = SEEN
    note: str = ""
