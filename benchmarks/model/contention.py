"""Many writers of one order in the coupled design: the losers of a race try again.

All requests arrive at the same moment, each in an environment of its own. DynamoDB refuses a
transaction while another one holds the order (TransactionConflict), and one with an old version.
A refused transaction costs the write units of a successful one
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html) and takes
as long (https://www.alexdebrie.com/posts/dynamodb-transactions-performance/).

Pauses and attempts are those of `roundtrip.engine.retries`, as in the service.
"""

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.random import Generator

from benchmarks.model.assumptions import DEFAULTS, Assumptions
from benchmarks.model.environments import on_lambda
from benchmarks.model.paths import dice
from benchmarks.model.simulation import SEED
from benchmarks.model.steps import Step
from roundtrip.limits import BASE_PAUSE_S, LONGEST_CALL_S, MAX_ATTEMPTS, MAX_PAUSE_S

WRITERS: Final = (1, 2, 5, 10, 20, 50, 100)
REQUESTS: Final = 4000

CONFLICTS_WITHOUT_PAUSE: Final = 2
"""As in `roundtrip.engine.dispatcher`."""
TIMEOUT_S: Final = 15.0
"""Timeout of the function in template.yaml."""

_PATIENCE_S: Final = TIMEOUT_S - LONGEST_CALL_S - 0.5
"""`roundtrip.lambda_app` keeps the rest for the last attempt and the answer."""
_SUPPLY: Final = 1000


@dataclass(frozen=True, slots=True)
class Contention:
    """The result of requests that reach one order together.

    `appends_per_s` counts from their arrival to the last answer; `attempts` is the mean number of
    transactions for one request; `conflict_share` is the share of refused transactions;
    `failed_share` is the share of requests that gave up (503) after `MAX_ATTEMPTS` attempts or at
    the end of their time. The quantiles are end-to-end times of the requests that were written.
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
    given: Assumptions = DEFAULTS,
    *,
    requests: int = REQUESTS,
    seed: int = SEED,
) -> list[Contention]:
    """Simulate races of several numbers of writers, each with at least `requests` requests."""
    return [_contention(count, given, requests, seed) for count in writers]


def _contention(writers: int, given: Assumptions, requests: int, seed: int) -> Contention:
    chances = _Chances(given, seed)
    races = [_Race(writers, chances).run() for _ in range(math.ceil(requests / writers))]
    times = [time for race in races for time in race.times_ms]
    ended = writers * len(races)
    attempts = sum(race.attempts for race in races)
    return Contention(
        writers,
        1000 * len(times) / sum(race.end_ms for race in races),
        attempts / ended,
        sum(race.refused for race in races) / attempts,
        1 - len(times) / ended,
        *np.quantile(times, (0.5, 0.9, 0.99)).tolist(),
    )


@dataclass(slots=True)
class _Request:
    expected: int = 0
    attempts: int = 1
    pauses: int = 0


class _Chances:
    """The random times of one race after the other."""

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

    def run(self) -> Self:
        """Continue until every request has ended."""
        while self._due:
            now_ms, _, has_read, request = heapq.heappop(self._due)
            if has_read:
                self._attempt(now_ms, request)
            else:
                request.expected = self._version - (now_ms < self._held_until_ms)
                self._plan(now_ms + next(self._chances.reads), request, has_read=True)
        return self

    def _plan(self, at_ms: float, request: _Request, *, has_read: bool) -> None:
        # The number keeps the order of requests that are due at the same moment.
        heapq.heappush(self._due, (at_ms, next(self._numbers), has_read, request))

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
