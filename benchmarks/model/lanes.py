"""Batches of a stream: a shard has one lane or more, and a lane handles one batch at a time.

A lane gets its records at the next poll. When it is free again it takes all records that were found
meanwhile at once; this is not documented and favours the streamed design.

Lambda handles one batch of a shard at a time, or up to ten with a ParallelizationFactor, each with
partition keys of its own. Each partition of the table has one shard.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html

A handler is a function behind a stream, as in ``benchmarks/streamed``. Its `handle` takes the time
of each record of a batch and returns when the turn of each comes and when the batch ends, in ms
from the start of the batch.
"""

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator

from benchmarks.model.data import QUOTAS, VALUES
from benchmarks.model.steps import Floats

POLLS_PER_S: Final = VALUES["polls_per_s"]
UNITS_A_PARTITION: Final = QUOTAS["partition-writes"].value
FEWEST_SHARDS: Final = int(QUOTAS["new-table-writes"].value / UNITS_A_PARTITION)
"""Partitions of a new table."""
MOST_LANES_A_SHARD: Final = int(VALUES["largest_parallelization_factor"])

REDUCE_BATCH: Final = 100
PUSH_BATCH: Final = 10
"""Maximum number of records in a batch, as in ``benchmarks/streamed/template.yaml``."""
POKE_BATCH: Final = 100
"""As in ``template.yaml``."""

_POLL_MS: Final = 1000 / POLLS_PER_S


@dataclass(frozen=True, slots=True)
class Topology:
    """How far the streamed design is scaled out.

    The lanes are those of one shard of each stream: the ParallelizationFactor. Tables that are
    `split` got, in advance and by warm throughput, the partitions that keep lanes comfortable;
    otherwise DynamoDB splits them only by their writes.
    """

    name: str
    reduce_lanes: int
    push_lanes: int
    split: bool


PLAIN: Final = Topology("streamed", 1, MOST_LANES_A_SHARD, split=False)
"""As ``benchmarks/streamed/template.yaml`` deploys it."""

SCALED_OUT: Final = Topology(
    "streamed, scaled out", MOST_LANES_A_SHARD, MOST_LANES_A_SHARD, split=True
)
TOPOLOGIES: Final = (PLAIN, SCALED_OUT)


@dataclass(frozen=True, slots=True)
class Reducing:
    """The reducer, which processes several orders of a batch concurrently.

    `order_ms` is the mean time of an order; `work_ms` is the part of it that occupies the
    processor, which orders cannot share.
    """

    at_once: int
    order_ms: float
    work_ms: float
    largest_batch: int = REDUCE_BATCH

    def batch_ms(self, records: float) -> float:
        """Return the mean time of a batch; at its end some of the places are empty."""
        waiting = self.order_ms * (records + self.at_once - 1) / self.at_once
        return max(waiting, records * self.work_ms)

    def handle(self, services_ms: Sequence[float]) -> tuple[list[float], float]:
        """Give each order to the first free place."""
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
    """The push, which tells the sender of an event first and then all other clients.

    It lists the connections while it tells the senders. One client gets the orders of a batch one
    after the other; several clients are served concurrently. `post_ms` includes `work_ms`, the part
    that occupies the processor.
    """

    clients: int
    at_once: int
    list_ms: float
    post_ms: float
    work_ms: float
    largest_batch: int = PUSH_BATCH

    def batch_ms(self, records: float) -> float:
        """Return the mean time of a batch."""
        return max(self.list_ms, records * self.post_ms) + records * self._others_ms()

    def handle(self, services_ms: Sequence[float]) -> tuple[list[float], float]:
        """Send one message after the other to the sender, then all to the others."""
        *turns, end = itertools.accumulate(services_ms, initial=0.0)
        return turns, max(self.list_ms, end) + len(services_ms) * self._others_ms()

    def _others_ms(self) -> float:
        others = self.clients - 1
        waves = math.ceil(others / self.at_once)
        return max(waves * self.post_ms, others * self.work_ms)


@dataclass(frozen=True, slots=True)
class Poking:
    """The follower of the coupled design: it asks for all followers of a batch, then tells them.

    `clients` follow each stream. Of both, `at_once` are concurrent; `post_ms` includes `work_ms`,
    the part that occupies the processor.
    """

    clients: int
    at_once: int
    ask_ms: float
    post_ms: float
    work_ms: float
    largest_batch: int = POKE_BATCH

    def batch_ms(self, records: float) -> float:
        """Return the mean time of a batch."""
        return self._asked_ms(records) + self._told_ms(records * self.clients)

    def handle(self, services_ms: Sequence[float]) -> tuple[list[float], float]:
        """Tell one client of each stream, whose turn comes before the others of its stream."""
        told = [number * self.clients for number in range(len(services_ms))]
        asked_ms, work_ms = self._asked_ms(len(told)), self.work_ms
        turns = [max(n // self.at_once * self.post_ms, n * work_ms) + asked_ms for n in told]
        return turns, self.batch_ms(len(told))

    def _asked_ms(self, records: float) -> float:
        return math.ceil(records / self.at_once) * self.ask_ms

    def _told_ms(self, pokes: float) -> float:
        return max(math.ceil(pokes / self.at_once) * self.post_ms, pokes * self.work_ms)


Handler: TypeAlias = Reducing | Pushing | Poking


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one table's stream under a rate.

    `count` is the number of lanes of all shards together; `rate_per_s` is records per second in one
    lane.
    """

    shards: int
    count: int
    rate_per_s: float
    handler: Handler

    @property
    def utilisation(self) -> float:
        """Share of its time that a lane works on full batches; from 1 on, records pile up."""
        return self.rate_per_s / 1000 * _full_ms(self.handler)

    @property
    def capacity_per_s(self) -> float:
        """Records per second at which all lanes are always busy."""
        return self.count * 1000 / _full_ms(self.handler)

    @property
    def batch(self) -> float:
        """Mean number of records in a batch, of the polls that found any."""
        found = self.rate_per_s / POLLS_PER_S
        return min(self.handler.largest_batch, found / -math.expm1(-found))

    @property
    def invocations_per_s(self) -> float:
        """Invocations per second of all lanes, as long as they keep up."""
        return self.count * self.rate_per_s / self.batch

    @property
    def busy(self) -> float:
        """Mean number of busy lanes."""
        work = self.rate_per_s / self.batch * self.handler.batch_ms(self.batch) / 1000
        return self.count * min(1.0, work)


def spread(handler: Handler, lanes: int, *, rate_per_s: float, units: float, split: bool) -> Lanes:
    """Distribute the records of a table over `lanes` for each shard, as in `Topology`.

    `units` are the write units that a record costs its table.
    """
    shards = max(FEWEST_SHARDS, math.ceil(rate_per_s * units / UNITS_A_PARTITION))
    if split:
        work = rate_per_s / 1000 * _full_ms(handler)
        shards = max(shards, math.ceil(work / (VALUES["comfortable_utilisation"] * lanes)))
    count = shards * lanes
    return Lanes(shards, count, rate_per_s / count, handler)


def waits_ms(rng: Generator, lanes: Lanes, services_ms: Floats) -> Floats:
    """Simulate one lane that starts empty, and return how long each record waits for its turn.

    Records arrive at random (Poisson), one exponential number each. The wait for the poll that
    finds them is not included: the time of the hop has it. Waits are infinite when the lane does
    not keep up.
    """
    if lanes.utilisation >= 1:
        return np.full(services_ms.size, math.inf)
    gaps = rng.standard_exponential(services_ms.size) * (1000 / lanes.rate_per_s)
    found = (np.ceil(np.cumsum(gaps) / _POLL_MS) * _POLL_MS).tolist()
    services = services_ms.tolist()
    waits: list[float] = []
    free_ms, first = 0.0, 0
    while first < len(found):
        begin_ms = max(free_ms, found[first])
        last = first + 1
        longest = min(len(found), first + lanes.handler.largest_batch)
        while last < longest and found[last] <= begin_ms:
            last += 1
        turns, took_ms = lanes.handler.handle(services[first:last])
        waits += (begin_ms + turn - at for turn, at in zip(turns, found[first:last], strict=True))
        free_ms, first = begin_ms + took_ms, last
    return np.array(waits)


def _full_ms(handler: Handler) -> float:
    return handler.batch_ms(handler.largest_batch) / handler.largest_batch
