"""An event source mapping: reads a stream and calls a function with what it read, as Lambda does.

Followed are https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html for polling, and the pages
that `benchmarks.streamed_local.batches` names for failures. Where this differs from Lambda, it
differs in favour of the streamed design:

- A read that found records is followed by the next read at once; Lambda says only that it polls
  four times a second. The wait is from one empty read to the next, the read's own time included.
- A read, a call and its answer stay on one machine.
- No record is given up because of its age (``MaximumRecordAgeInSeconds``).

The first read after the start, and after each standstill, comes after a random part of the period:
a request finds a real poller at no particular point of its period either.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from benchmarks.streamed_local.delivery import Delivery, Record, number_of
from benchmarks.streamed_local.shards import ShardReader, ready

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping, Sequence

    from benchmarks.streamed_local.gate import Gate
    from benchmarks.streamed_local.settings import MappingSettings, Polling
    from benchmarks.streamed_local.shards import Stream

_DISCOVERY_PERIOD_S: Final = 10.0

_phases = random.SystemRandom()


class EventSourceMapping:
    """A stream, a function, and how far the one has been given to the other.

    Parameters
    ----------
    stream : Stream
        What is read, from its oldest record on.
    settings : MappingSettings
        The template's.
    invoke : callable
        Calls the function with an event; raises `roundtrip_devtools.container.InvocationFailed`.
    polling : Polling
        How often a shard is read.
    gate : Gate
        Where the pollers stop for a standstill.
    checkpoints : MutableMapping
        For each shard the sequence number up to which everything is done. A mapping that is given
        those of another goes on where that one was, or repeats what it had not yet noted as done:
        every record is delivered at least once.
    seen : callable
        Told of each event as soon as its records were read.

    Attributes
    ----------
    began : Event
        Set once the shards that there are have pollers.
    discarded : list of dict
        What went to the failure destination, each as
        https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html shows it, without
        what the function answered.
    """

    def __init__(
        self,
        stream: Stream,
        settings: MappingSettings,
        invoke: Callable[[dict[str, Any]], Awaitable[Any]],
        *,
        polling: Polling,
        gate: Gate,
        checkpoints: MutableMapping[str, str],
        seen: Callable[[dict[str, Any]], None] = lambda _event: None,
    ) -> None:
        self._stream = stream
        self._settings = settings
        self._invoke = invoke
        self._polling = polling
        self._gate = gate
        self._checkpoints = checkpoints
        self._seen = seen
        self._finished: set[str] = set()
        self._one_finished = asyncio.Event()
        self.began = asyncio.Event()
        self.discarded: list[dict[str, Any]] = []

    async def run(self) -> None:
        """Read and deliver until cancelled.

        Raises
        ------
        ExceptionGroup
            Of what reading the stream raised.
        """
        started: set[str] = set()
        async with asyncio.TaskGroup() as shards:
            while True:
                await self._gate.opened()
                self._one_finished.clear()
                with self._gate.passed():
                    listed = await asyncio.to_thread(self._stream.shards)
                for shard in ready(listed, started=started, finished=self._finished):
                    started.add(shard.shard_id)
                    shards.create_task(self._follow(shard.shard_id))
                self.began.set()
                try:
                    await asyncio.wait_for(self._one_finished.wait(), _DISCOVERY_PERIOD_S)
                except TimeoutError:
                    continue

    async def _follow(self, shard_id: str) -> None:
        reader = ShardReader(self._stream, shard_id, after=self._checkpoints.get(shard_id))
        delivery = Delivery(
            self._settings,
            invoke=lambda records: self._invoke({"Records": list(records)}),
            give_up=lambda records: self._discard(shard_id, records),
        )
        limit = self._settings.batch_size * self._settings.parallelization_factor
        opening = 0
        while not reader.ended:
            while (now_open := await self._gate.opened()) != opening:
                opening = now_open
                await asyncio.sleep(_phases.uniform(0, self._polling.period_s))
            with self._gate.passed():
                began_s = time.monotonic()
                records = await asyncio.to_thread(reader.read, limit)
                if records:
                    self._seen({"Records": records})
                    await delivery.deliver(records, lambda at: self._note(shard_id, at))
            if not records:
                rest_s = began_s + self._polling.period_s - time.monotonic()
                if rest_s > 0:
                    await self._gate.rest(rest_s)
        self._finished.add(shard_id)
        self._one_finished.set()

    def _note(self, shard_id: str, number: str) -> None:
        self._checkpoints[shard_id] = number

    def _discard(self, shard_id: str, records: Sequence[Record]) -> None:
        arrivals = [
            datetime.fromtimestamp(one["dynamodb"]["ApproximateCreationDateTime"], UTC).isoformat()
            for one in (records[0], records[-1])
        ]
        self.discarded.append(
            {
                "version": "1.0",
                "timestamp": datetime.now(UTC).isoformat(),
                "requestContext": {
                    "requestId": str(uuid.uuid4()),
                    "condition": "RetryAttemptsExhausted",
                    "approximateInvokeCount": self._settings.retry_policy.maximum_retries + 1,
                },
                "DDBStreamBatchInfo": {
                    "shardId": shard_id,
                    "startSequenceNumber": number_of(records[0]),
                    "endSequenceNumber": number_of(records[-1]),
                    "approximateArrivalOfFirstRecord": arrivals[0],
                    "approximateArrivalOfLastRecord": arrivals[-1],
                    "batchSize": len(records),
                    "streamArn": self._stream.arn,
                },
            }
        )
        numbers = [number_of(record) for record in records]
        print(
            f"Given up after {self._settings.retry_policy.maximum_retries} retries: records "
            f"{', '.join(numbers)} of {self._stream.arn}.",
            file=sys.stderr,
        )
