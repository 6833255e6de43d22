"""Limits how long one request is retried."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from roundtrip.errors import OutcomeUnknown, StorageUnreachable, Throttled
from roundtrip.limits import BASE_PAUSE_S, MAX_ATTEMPTS, MAX_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip.engine.effects import Effects
    from roundtrip.engine.messages import Count
    from roundtrip.errors import Unavailable

_T = TypeVar("_T")


class Retries:
    """Bounded retries with full jitter, within the time of a request.

    https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/

    Parameters
    ----------
    effects
        Clock, randomness and sleep.
    deadline_s
        On the clock `Effects.monotonic_s`; no attempt starts after it.
    """

    def __init__(self, effects: Effects, deadline_s: float) -> None:
        self._effects = effects
        self.deadline_s = deadline_s
        self._pauses = 0
        self.attempts = 1

    def again(self, reason: Unavailable, *, pause: bool) -> None:
        """Allow one more attempt, after a pause if requested.

        Raises
        ------
        Unavailable
            ``reason``, if the attempts or the time are used up.
        """
        pause_s = 0.0
        if pause:
            ceiling_s = min(MAX_PAUSE_S, BASE_PAUSE_S * 2**self._pauses)
            pause_s = self._effects.random() * ceiling_s
            self._pauses += 1
        out_of_time = self._effects.monotonic_s() + pause_s > self.deadline_s
        if self.attempts >= MAX_ATTEMPTS or out_of_time:
            raise reason
        if pause:
            self._effects.sleep_s(pause_s)
        self.attempts += 1

    def call(self, call: Callable[[], _T], count: Callable[[Count, int], None]) -> _T:
        """Return what a call of the storage returns; repeat it while it may be answered later.

        Raises
        ------
        OutcomeUnknown
            If an attempt may have succeeded.
        Unavailable
            If the attempts or the time are used up.
        """
        unknown: OutcomeUnknown | None = None
        reason: Unavailable
        while True:
            try:
                return call()
            except OutcomeUnknown as error:
                reason = unknown = error
            except Throttled as error:
                reason = unknown or error
            except StorageUnreachable:
                # This attempt did nothing, but an earlier one may have succeeded.
                if unknown is None:
                    raise
                reason = unknown
            count("Retries", 1)
            self.again(reason, pause=True)
