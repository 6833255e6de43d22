"""Batches of a stream: a lane handles one batch after the other, a shard has one lane or more.

A lane is found its records by the next poll. When it is free again it takes what has been found
meanwhile, at once: a favour to the streamed design, as it is not documented.

Lambda handles one batch of a shard at a time, or up to ten with a ParallelizationFactor, each with
partition keys of its own. A partition of the table has one shard.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from benchmarks.model.steps import POLLS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from benchmarks.model.steps import Floats

FEWEST_SHARDS: Final = 4
"""A new on-demand table takes 4000 write units a second: four partitions.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"""

UNITS_A_PARTITION: Final = 1000
"""Write units a second of one partition.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"""

MOST_LANES_A_SHARD: Final = 10
"""The greatest ParallelizationFactor.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html"""

_COMFORT: Final = 0.7
"""How busy the lanes of a table may be that was split on purpose."""
_POLL_MS: Final = 1000 / POLLS_PER_S


@dataclass(frozen=True, slots=True)
class Topology:
    """How far the streamed design is spread out.

    Parameters
    ----------
    name
        As results call it.
    reduce_lanes, push_lanes
        A shard, of each table: the ParallelizationFactor.
    split
        Whether tables were given so much warm throughput beforehand that they have as many
        partitions, and so shards, as keep lanes comfortable; otherwise DynamoDB splits them by
        what is written alone.
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


class Handler(Protocol):
    """What a stream's function does with a batch."""

    @property
    def largest_batch(self) -> int:
        """Records that one invocation gets at most."""

    def batch_ms(self, records: float) -> float:
        """Give the mean time of a batch, which grows less than its records do."""

    def handle(self, services_ms: Sequence[float]) -> tuple[list[float], float]:
        """Place the records of a batch in its time.

        Parameters
        ----------
        services_ms
            What each record takes.

        Returns
        -------
        list of float
            When each record's turn comes, in ms from the beginning of the batch.
        float
            When the batch ends, likewise.
        """


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one table's stream under a rate.

    Parameters
    ----------
    shards
        Of the stream.
    count
        Lanes of all shards together.
    rate_per_s
        Records a second in one lane.
    handler
        What is done with a batch.
    """

    shards: int
    count: int
    rate_per_s: float
    handler: Handler

    @property
    def utilisation(self) -> float:
        """How much of its time a lane works on full batches; from 1 on records pile up."""
        return self.rate_per_s / 1000 * _full_ms(self.handler)

    @property
    def capacity_per_s(self) -> float:
        """Records a second at which all lanes are busy all the time."""
        return self.count * 1000 / _full_ms(self.handler)

    @property
    def batch(self) -> float:
        """The mean number of records in a batch, of the polls that found any."""
        found = self.rate_per_s / POLLS_PER_S
        return min(self.handler.largest_batch, found / -math.expm1(-found))

    @property
    def invocations_per_s(self) -> float:
        """Invocations a second of all lanes, as long as they keep up."""
        return self.count * self.rate_per_s / self.batch

    @property
    def busy(self) -> float:
        """Lanes at work, on average."""
        work = self.rate_per_s / self.batch * self.handler.batch_ms(self.batch) / 1000
        return self.count * min(1.0, work)


def spread(handler: Handler, lanes: int, *, rate_per_s: float, units: float, split: bool) -> Lanes:
    """Spread the records of a table over lanes, evenly.

    Parameters
    ----------
    handler
        What is done with a batch.
    lanes
        Of a shard.
    rate_per_s
        Records a second.
    units
        Write units that a record costs its table.
    split
        As in `Topology`.
    """
    shards = max(FEWEST_SHARDS, math.ceil(rate_per_s * units / UNITS_A_PARTITION))
    if split:
        work = rate_per_s / 1000 * _full_ms(handler)
        shards = max(shards, math.ceil(work / (_COMFORT * lanes)))
    count = shards * lanes
    return Lanes(shards, count, rate_per_s / count, handler)


def waits_ms(rng: Generator, lanes: Lanes, services_ms: Floats) -> Floats:
    """Simulate one lane that starts empty: how long found records wait for their turn.

    Records come at random (Poisson). The wait for the poll that finds them is not counted here:
    the time of the hop has it.

    Parameters
    ----------
    rng
        Takes as many exponential numbers as there are records.
    lanes
        Of which one is simulated.
    services_ms : ndarray of shape (n,)
        What each record takes.

    Returns
    -------
    ndarray of shape (n,)
        In ms; infinite where the lane does not keep up.
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
