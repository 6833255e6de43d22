"""Calls a function with records until every one of them is done or given up."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from benchmarks.streamed_local.batches import Batch, Progress, after, done_count, lane
from roundtrip_devtools.container import InvocationFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from benchmarks.streamed_local.settings import MappingSettings

Record = dict[str, Any]
"""A record as the function gets it."""

# Lambda pauses longer and longer between tries, and does not say how long.
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0


def number_of(record: Record) -> str:
    """Give a record's sequence number."""
    return str(record["dynamodb"]["SequenceNumber"])


class Delivery:
    """What stands between a shard and the function.

    Parameters
    ----------
    settings : MappingSettings
        The mapping's.
    invoke : callable
        Calls the function with records; raises `roundtrip_devtools.container.InvocationFailed`.
    give_up : callable
        Takes a batch that has had its retries.
    pause : callable
        Waits for that many seconds before a retry.
    """

    def __init__(
        self,
        settings: MappingSettings,
        *,
        invoke: Callable[[Sequence[Record]], Awaitable[Any]],
        give_up: Callable[[Sequence[Record]], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._invoke = invoke
        self._give_up = give_up
        self._pause = pause

    async def deliver(self, records: Sequence[Record], checkpoint: Callable[[str], None]) -> None:
        """Have all the records done or given up.

        Those of one item are worked on in order. Batches of other items run at the same time, as
        many as ``ParallelizationFactor``; the next read waits for all of them.

        Parameters
        ----------
        records : Sequence of Record
            Of one shard, in its order.
        checkpoint : callable
            Takes the sequence number up to which nothing is left to do, whenever it grows.
        """
        progress = Progress(map(number_of, records))

        def note(finished: Sequence[Record]) -> None:
            if (reached := progress.note(map(number_of, finished))) is not None:
                checkpoint(reached)

        wanted: dict[int, list[Record]] = {}
        for record in records:
            if self._settings.accepts(record):
                number = lane(record["dynamodb"]["Keys"], self._settings.parallelization_factor)
                wanted.setdefault(number, []).append(record)
            else:
                note([record])
        await asyncio.gather(*(self._work_off(records, note) for records in wanted.values()))

    async def _work_off(
        self, records: Sequence[Record], note: Callable[[Sequence[Record]], None]
    ) -> None:
        size = self._settings.batch_size
        batches = deque(
            Batch(tuple(records[start : start + size])) for start in range(0, len(records), size)
        )
        while batches:
            batch = batches.popleft()
            done = await self._call(batch)
            step = after(batch, done, self._settings.retry_policy)
            batches.extendleft(reversed(step.again))
            if step.given_up:
                self._give_up(step.given_up)
            note([*batch.records[:done], *step.given_up])
            if step.again and (retries := step.again[0].retries):
                await self._pause(min(_FIRST_PAUSE_S * 2 ** (retries - 1), _LONGEST_PAUSE_S))

    async def _call(self, batch: Batch[Record]) -> int:
        try:
            result = await self._invoke(batch.records)
        except InvocationFailed:
            return 0
        numbers = [number_of(record) for record in batch.records]
        return done_count(result, numbers, self._settings.retry_policy)
