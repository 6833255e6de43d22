"""Calls a function with records until every record is done or given up.

Lambda's documented rules:

- A batch is done when the function returns. If the function raises, all of the batch failed
  (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html).
- With ``ReportBatchItemFailures`` the function reports the records that failed. The records before
  the first of them are done; the rest is tried again
  (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html).
- With ``BisectBatchOnFunctionError`` a failed batch is split in two. That uses up no retry.
- A batch without retries left is given up, and the records after it follow.

Where the documentation is silent, this is the reading in favour of the design: a batch in which at
least one record was done gets all its retries again; only a batch that failed at its first record
failed as a whole.
"""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from benchmarks.streamed_local.settings import MappingSettings
from roundtrip_devtools.container import InvocationFailed

Record: TypeAlias = dict[str, Any]

# Lambda waits longer and longer between retries; how long is not documented.
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0


class Batch(NamedTuple):
    """Records for one call, in the stream's order; at least one."""

    records: Sequence[Record]
    retries: int = 0
    """Number of times that they failed together."""


class Step(NamedTuple):
    """What follows a call."""

    again: tuple[Batch, ...] = ()
    """Batches for the next calls, in this order, before all others."""
    given_up: Sequence[Record] = ()
    """Records for the failure destination."""


def after(batch: Batch, done: int, settings: MappingSettings) -> Step:
    """Decide what follows a call in which the first ``done`` records were done."""
    rest = batch.records[done:]
    if not rest:
        return Step()
    if done:
        return Step(again=(Batch(rest),))
    if settings.bisect and len(rest) > 1:
        middle = (len(rest) + 1) // 2
        return Step(again=(Batch(rest[:middle]), Batch(rest[middle:])))
    if batch.retries == settings.maximum_retries:
        return Step(given_up=rest)
    return Step(again=(Batch(rest, batch.retries + 1),))


def done_count(result: Any, numbers: Sequence[str], settings: MappingSettings) -> int:
    """Read from a function's result how many of the records with these numbers are done."""
    if not settings.reports_item_failures or not result:
        return len(numbers)
    failures = result.get("batchItemFailures") if isinstance(result, dict) else None
    if not failures:
        return len(numbers)
    failed = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures]
    # A failure that names no record of the batch fails all of it.
    return min(numbers.index(one) if one in numbers else 0 for one in failed)


def lane(keys: Mapping[str, Any], factor: int) -> int:
    """Choose one of the ``factor`` parallel batches of a shard for a record.

    Changes of one item (partition key and sort key) share a lane and so keep their order, as in
    Lambda: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
    """
    return zlib.crc32(json.dumps(keys, sort_keys=True).encode()) % factor


def number_of(record: Record) -> str:
    """Return a record's sequence number."""
    return str(record["dynamodb"]["SequenceNumber"])


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The way from a shard to a function."""

    settings: MappingSettings
    invoke: Callable[[Sequence[Record]], Awaitable[Any]]
    """Calls the function; raises `roundtrip_devtools.container.InvocationFailed`."""
    give_up: Callable[[Sequence[Record]], None]
    """Takes records that have no retries left."""
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits some seconds before a retry."""

    async def deliver(self, records: Sequence[Record]) -> None:
        """Have all records, in their shard's order, done or given up.

        Records of one item are delivered in order. Batches of different items run side by side, at
        most ``ParallelizationFactor`` of them.
        """
        lanes: dict[int, list[Record]] = {}
        for record in records:
            if self.settings.accepts(record):
                number = lane(record["dynamodb"]["Keys"], self.settings.parallelization_factor)
                lanes.setdefault(number, []).append(record)
        await asyncio.gather(*map(self._work_off, lanes.values()))

    async def _work_off(self, records: Sequence[Record]) -> None:
        size = self.settings.batch_size
        batches = deque(
            Batch(records[start : start + size]) for start in range(0, len(records), size)
        )
        while batches:
            batch = batches.popleft()
            step = after(batch, await self._call(batch), self.settings)
            batches.extendleft(reversed(step.again))
            if step.given_up:
                self.give_up(step.given_up)
            if step.again and (retries := step.again[0].retries):
                await self.pause(min(_FIRST_PAUSE_S * 2 ** (retries - 1), _LONGEST_PAUSE_S))

    async def _call(self, batch: Batch) -> int:
        try:
            result = await self.invoke(batch.records)
        except InvocationFailed:
            return 0
        return done_count(result, [number_of(record) for record in batch.records], self.settings)
