"""Clocks, randomness and ids of the dispatcher, passed in so that tests control them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Effects(NamedTuple):
    """The outside world as five functions.

    Parameters
    ----------
    now
        Returns the current time in UTC.
    monotonic_s
        Returns the seconds of a monotonic clock, for deadlines.
    sleep_s
        Waits for a number of seconds.
    random
        Returns a number in [0, 1), independent of other containers.
    new_id
        Returns a new unique id of at most 36 characters, the limit of DynamoDB's request tokens.
    """

    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]
    sleep_s: Callable[[float], None]
    random: Callable[[], float]
    new_id: Callable[[], str]


def timestamp(moment: datetime) -> str:
    """Format a time as in the API: UTC, RFC 3339, milliseconds.

    Examples
    --------
    >>> timestamp(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
