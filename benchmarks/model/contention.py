"""Many writers of one order in the coupled design: who loses a race tries again.

All requests arrive at the same moment, each at an environment of its own. A transaction that finds
another one at work on the order is refused (TransactionConflict), one that comes with an old
version likewise. Both cost the write units of one that is written
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html) and take as
long (https://www.alexdebrie.com/posts/dynamodb-transactions-performance/).

How long and how often is tried again is `roundtrip.engine.patience`'s, as in the service.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.model.assumptions import Assumptions
from benchmarks.model.paths import dice
from benchmarks.model.simulation import SEED
from benchmarks.model.work import on_lambda
from roundtrip.limits import BASE_PAUSE_S, LONGEST_CALL_S, MAX_ATTEMPTS, MAX_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.random import Generator

    from benchmarks.model.steps import Step

WRITERS: Final = (1, 2, 5, 10, 20, 50, 100)
REQUESTS: Final = 4000

CONFLICTS_WITHOUT_PAUSE: Final = 2
"""As in `roundtrip.engine.dispatcher`."""

TIMEOUT_S: Final = 15.0
"""Of the function, in template.yaml."""

_PATIENCE_S: Final = TIMEOUT_S - LONGEST_CALL_S - 0.5
"""`roundtrip.lambda_app` keeps the rest for the last attempt and the answer."""
_SUPPLY: Final = 1000


@dataclass(frozen=True, slots=True)
class Contention:
    """What requests get that arrive together at one order.

    Parameters
    ----------
    writers
        How many requests arrive at once.
    appends_per_s
        Of all of them, from their arrival to the last answer.
    attempts
        Transactions for one append, on average.
    conflict_share
        Of all transactions, those that were refused.
    failed_share
        Of all requests, those that gave up (503) after `MAX_ATTEMPTS` attempts or at the end
        of their time.
    p50_ms, p90_ms, p99_ms
        Of requests that were written, end to end.
    """

    writers: int
    appends_per_s: float
    attempts: float
    conflict_share: float
    failed_share: float
    p50_ms: float
    p90_ms: float
    p99_ms: float


def contend(
    writers: Iterable[int] = WRITERS,
    given: Assumptions | None = None,
    *,
    requests: int = REQUESTS,
    seed: int = SEED,
) -> list[Contention]:
    """Simulate requests that arrive together at one order, again and again.

    Parameters
    ----------
    writers
        How many arrive at once, each at least 1.
    given
        What is supposed; the defaults when it is left out.
    requests
        At least so many are simulated for each number of writers.
    seed
        The same seed, the same numbers.
    """
    return [_contention(count, given or Assumptions(), requests, seed) for count in writers]


def _contention(writers: int, given: Assumptions, requests: int, seed: int) -> Contention:
    chances = _Chances(given, seed)
    races = [_Race(writers, chances).run() for _ in range(math.ceil(requests / writers))]
    times = [time for race in races for time in race.times_ms]
    ended = writers * len(races)
    attempts = sum(race.attempts for race in races)
    p50_ms, p90_ms, p99_ms = np.quantile(times, (0.5, 0.9, 0.99)).tolist()
    return Contention(
        writers=writers,
        appends_per_s=1000 * len(times) / sum(race.end_ms for race in races),
        attempts=attempts / ended,
        conflict_share=sum(race.refused for race in races) / attempts,
        failed_share=1 - len(times) / ended,
        p50_ms=p50_ms,
        p90_ms=p90_ms,
        p99_ms=p99_ms,
    )


@dataclass(slots=True)
class _Request:
    expected: int = 0
    attempts: int = 1
    pauses: int = 0


class _Chances:
    """What is left to chance, for one race after the other."""

    def __init__(self, given: Assumptions, seed: int) -> None:
        steps, roll = given.steps, dice(seed)
        self.reads = _supply(steps.get_item, roll("get_item"))
        self.transactions = _supply(steps.transact, roll("transact"))
        self.gateways = _supply(steps.http_api, roll("gateway"))
        self.invocations = _supply(steps.invoke, roll("invoke"))
        self.work_ms = on_lambda(given.work.coupled_ms)
        self.pause: Callable[[], float] = roll("pause").random


class _Race:
    """One order and the requests that arrive at it."""

    def __init__(self, writers: int, chances: _Chances) -> None:
        self._chances = chances
        self._numbers = itertools.count()
        self._due: list[tuple[float, int, bool, _Request]] = []
        self._version = 0
        self._held_until_ms = 0.0
        self.times_ms: list[float] = []
        self.end_ms = 0.0
        self.attempts = self.refused = 0
        for _ in range(writers):
            gateway_ms, invoke_ms = next(chances.gateways), next(chances.invocations)
            self._plan(gateway_ms + invoke_ms + chances.work_ms, _Request(), has_read=False)

    def run(self) -> _Race:
        """Go on until every request has ended."""
        while self._due:
            now_ms, _, has_read, request = heapq.heappop(self._due)
            if has_read:
                self._attempt(now_ms, request)
            else:
                self._read(now_ms, request)
        return self

    def _plan(self, at_ms: float, request: _Request, *, has_read: bool) -> None:
        # The number keeps requests of one moment in their order.
        heapq.heappush(self._due, (at_ms, next(self._numbers), has_read, request))

    def _read(self, now_ms: float, request: _Request) -> None:
        request.expected = self._seen(now_ms)
        self._plan(now_ms + next(self._chances.reads), request, has_read=True)

    def _seen(self, now_ms: float) -> int:
        return self._version - (now_ms < self._held_until_ms)

    def _attempt(self, now_ms: float, request: _Request) -> None:
        self.attempts += 1
        end_ms = now_ms + next(self._chances.transactions)
        if now_ms < self._held_until_ms:
            self._again(end_ms, request, pause=True)
        elif request.expected != self._version:
            request.expected = self._version
            self._again(end_ms, request, pause=request.attempts > CONFLICTS_WITHOUT_PAUSE)
        else:
            self._version += 1
            self._held_until_ms = end_ms
            self.times_ms.append(end_ms)
            self.end_ms = max(self.end_ms, end_ms)

    def _again(self, now_ms: float, request: _Request, *, pause: bool) -> None:
        self.refused += 1
        pause_ms = 0.0
        if pause:
            longest_s = min(MAX_PAUSE_S, BASE_PAUSE_S * 2**request.pauses)
            pause_ms = 1000 * longest_s * self._chances.pause()
            request.pauses += 1
        if now_ms + pause_ms > 1000 * _PATIENCE_S or request.attempts >= MAX_ATTEMPTS:
            self.end_ms = max(self.end_ms, now_ms)
            return
        request.attempts += 1
        self._plan(now_ms + pause_ms, request, has_read=True)


def _supply(step: Step, rng: Generator) -> Iterator[float]:
    while True:
        yield from step.sample(rng, _SUPPLY).tolist()
