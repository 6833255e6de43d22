"""What the dispatcher needs of the world: clocks, chance, ids. Injected, so that tests own them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Effects:
    """The world as five functions.

    Parameters
    ----------
    now
        The time of day, in UTC.
    monotonic_s
        A clock for deadlines, in seconds.
    sleep_s
        Waits so many seconds.
    random
        A number in [0, 1) that no two containers share.
    new_id
        A new unique id, at most 36 characters, as DynamoDB's request tokens are.
    """

    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    sleep_s: Callable[[float], None]
    random: Callable[[], float]
    new_id: Callable[[], str]


def timestamp(moment: datetime) -> str:
    """Write a moment as the contract does: UTC, RFC 3339, milliseconds.

    Examples
    --------
    >>> timestamp(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
