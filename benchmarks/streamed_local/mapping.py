"""An event source mapping: reads a stream and calls a function with the records, as Lambda does.

It follows https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html for polling, and the pages
named in `benchmarks.streamed_local.delivery` for failures. All differences from Lambda favour the
streamed design:

- A read that found records is followed by the next read at once. Lambda documents only that it
  polls four times a second. The period runs from one empty read to the next, reading included.
- Reads, calls and answers do not leave this machine.
- No record is given up because of its age (``MaximumRecordAgeInSeconds``), and standard error is
  the failure destination. No mapping continues where another one ended.

The first read, and the first one after a pause, comes after a random part of the period, because a
request meets a real poller at a random point of its period too.
"""

import asyncio
import contextlib
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.streamed_local.delivery import Delivery, Record, number_of
from benchmarks.streamed_local.settings import MappingSettings, Polling
from benchmarks.streamed_local.shards import ShardReader, Stream, ready

_DISCOVERY_PERIOD_S: Final = 10.0

_phases = random.SystemRandom()


class Gate:
    """Pauses the pollers of all mappings: each passes the gate before each read.

    It is open at first. `openings` is the number of times that it was opened.
    """

    def __init__(self) -> None:
        self.openings = 0
        self._opened, self._closed, self._empty = (asyncio.Event() for _ in range(3))
        self._inside = 0
        self._empty.set()
        self.open()

    async def close(self) -> None:
        """Close the gate and wait until no poller is inside."""
        self._opened.clear()
        self._closed.set()
        await self._empty.wait()

    def open(self) -> None:
        """Open the gate."""
        if not self._opened.is_set():
            self.openings += 1
            self._closed.clear()
            self._opened.set()

    async def opened(self) -> int:
        """Wait until the gate is open; return `openings`."""
        await self._opened.wait()
        return self.openings

    async def rest(self, length_s: float) -> None:
        """Wait some seconds, or until the gate is closed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(length_s):
                await self._closed.wait()

    @contextlib.contextmanager
    def passed(self) -> Iterator[None]:
        """Be inside the gate for a ``with`` block."""
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()


@dataclass(frozen=True, kw_only=True)
class EventSourceMapping:
    """A stream, a function, and how far the function has received the stream."""

    stream: Stream
    """Read from its oldest record on."""
    settings: MappingSettings
    invoke: Callable[[dict[str, Any]], Awaitable[Any]]
    """Calls the function; raises `roundtrip_devtools.container.InvocationFailed`."""
    polling: Polling
    gate: Gate
    seen: Callable[[dict[str, Any]], None] = lambda _event: None
    """Called with each event as soon as its records were read."""
    began: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    """Set once all present shards have pollers."""
    _finished: set[str] = field(default_factory=set, init=False)
    _one_finished: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Read and deliver until cancelled; ExceptionGroup if the stream cannot be read."""
        started: set[str] = set()
        async with asyncio.TaskGroup() as shards:
            while True:
                await self.gate.opened()
                self._one_finished.clear()
                with self.gate.passed():
                    listed = await asyncio.to_thread(self.stream.shards)
                for shard in ready(listed, started=started, finished=self._finished):
                    started.add(shard.shard_id)
                    shards.create_task(self._follow(shard.shard_id))
                self.began.set()
                # Not wait_for, which ignores a cancellation at the moment of an event before Python
                # 3.12: this would go on, and whoever cancelled it wait for ever.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_DISCOVERY_PERIOD_S):
                        await self._one_finished.wait()

    async def _follow(self, shard_id: str) -> None:
        reader = ShardReader(self.stream, shard_id)
        delivery = Delivery(
            settings=self.settings,
            invoke=lambda records: self.invoke({"Records": list(records)}),
            give_up=self._give_up,
        )
        limit = self.settings.batch_size * self.settings.parallelization_factor
        opening = 0
        while not reader.ended:
            while (now_open := await self.gate.opened()) != opening:
                opening = now_open
                await asyncio.sleep(_phases.uniform(0, self.polling.period_s))
            with self.gate.passed():
                began_s = time.monotonic()
                records = await asyncio.to_thread(reader.read, limit)
                if records:
                    self.seen({"Records": records})
                    await delivery.deliver(records)
            if not records:
                rest_s = began_s + self.polling.period_s - time.monotonic()
                if rest_s > 0:
                    await self.gate.rest(rest_s)
        self._finished.add(shard_id)
        self._one_finished.set()

    def _give_up(self, records: Sequence[Record]) -> None:
        numbers = ", ".join(map(number_of, records))
        print(
            f"Given up after {self.settings.maximum_retries} retries: records {numbers} "
            f"of {self.stream.arn}.",
            file=sys.stderr,
        )
