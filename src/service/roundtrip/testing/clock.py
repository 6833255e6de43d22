"""Time that only the test advances."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from roundtrip.engine.effects import Effects
from roundtrip.lambda_app import uuid7

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is advanced; sleeping on it advances it.

    Attributes
    ----------
    slept_s
        The length of each pause.

    Examples
    --------
    >>> clock = Clock()
    >>> clock.advance(hours=1, minutes=30)
    >>> clock.now().isoformat()
    '2026-01-01T01:30:00+00:00'
    """

    def __init__(self, start: datetime = _START) -> None:
        self._start = start
        self.elapsed_s = 0.0
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        """Return the current time."""
        return self._start + timedelta(seconds=self.elapsed_s)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Advance the clock."""
        self.elapsed_s += timedelta(
            days=days, hours=hours, minutes=minutes, seconds=seconds
        ).total_seconds()

    def effects(self) -> Effects:
        """Return the effects of a container that uses this clock."""
        return Effects(
            now=self.now,
            monotonic_s=lambda: self.elapsed_s,
            sleep_s=self._sleep,
            random=lambda: 0.5,
            new_id=uuid7,
        )

    def _sleep(self, pause_s: float) -> None:
        self.slept_s.append(pause_s)
        self.elapsed_s += pause_s
