"""What the functions behind the streams do with a batch, as ``benchmarks/streamed`` has them."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

REDUCE_BATCH: Final = 100
PUSH_BATCH: Final = 10
"""Records that a function gets at most, as ``benchmarks/streamed/template.yaml`` sets it."""


@dataclass(frozen=True, slots=True)
class Reducing:
    """The reducer: several orders of a batch side by side.

    Parameters
    ----------
    at_once
        Orders.
    order_ms
        What an order takes, on average.
    work_ms
        The part of it that keeps the processor; no two orders share it.
    largest_batch
        Records at most.
    """

    at_once: int
    order_ms: float
    work_ms: float
    largest_batch: int = REDUCE_BATCH

    def batch_ms(self, records: float) -> float:
        """Give the mean time of a batch; at its end some of the places are empty."""
        waiting = self.order_ms * (records + self.at_once - 1) / self.at_once
        return max(waiting, records * self.work_ms)

    def handle(self, services_ms: Sequence[float]) -> tuple[list[float], float]:
        """Give each order to whoever is free first; see `benchmarks.model.lanes.Handler`."""
        if len(services_ms) == 1:
            return [0.0], services_ms[0]
        free = [0.0] * self.at_once
        turns: list[float] = []
        end = 0.0
        for number, service in enumerate(services_ms):
            # The processor prepares one order after the other.
            turn = max(free[0], number * self.work_ms)
            heapq.heapreplace(free, turn + service)
            turns.append(turn)
            end = max(end, turn + service)
        return turns, end


@dataclass(frozen=True, slots=True)
class Pushing:
    """The push: who sent an event is told first, while the connections are listed; then all others.

    A client is told of a batch's orders one after the other, several clients are at once.

    Parameters
    ----------
    clients
        Connections, those that sent the events among them.
    at_once
        Clients that are told at the same time.
    list_ms
        What listing the connections takes.
    post_ms
        What a post takes, its work included.
    work_ms
        The part of a post that keeps the processor.
    largest_batch
        Records at most.
    """

    clients: int
    at_once: int
    list_ms: float
    post_ms: float
    work_ms: float
    largest_batch: int = PUSH_BATCH

    def batch_ms(self, records: float) -> float:
        """Give the mean time of a batch."""
        return max(self.list_ms, records * self.post_ms) + records * self._others_ms()

    def handle(self, services_ms: Sequence[float]) -> tuple[list[float], float]:
        """Give the sender one message after the other; see `benchmarks.model.lanes.Handler`."""
        turns: list[float] = []
        end = 0.0
        for service in services_ms:
            turns.append(end)
            end += service
        return turns, max(self.list_ms, end) + len(services_ms) * self._others_ms()

    def _others_ms(self) -> float:
        others = self.clients - 1
        waves = math.ceil(others / self.at_once)
        return max(waves * self.post_ms, others * self.work_ms)
