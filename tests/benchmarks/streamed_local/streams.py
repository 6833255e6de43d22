"""Tables with streams on DynamoDB Local, and mappings that read them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import TYPE_CHECKING, Any

from benchmarks.streamed_local.mapping import EventSourceMapping, Gate
from benchmarks.streamed_local.settings import MappingSettings, Polling
from benchmarks.streamed_local.shards import Stream
from tests.benchmarks.streamed.design import make_streams_client
from tests.engines_fixtures import make_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

_DEADLINE_S = 30


class Table:
    """A table with a stream."""

    def __init__(self, endpoint_url: str) -> None:
        self.client = make_client(endpoint_url)
        self.name = f"streamed-test-{uuid.uuid4().hex}"
        table = self.client.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]
        self.stream = Stream(make_streams_client(endpoint_url), table["LatestStreamArn"])

    def put(self, *numbers: int, item: str = "a") -> None:
        """Write an item again and again: one record for each number."""
        for number in numbers:
            written = {"id": {"S": item}, "number": {"N": str(number)}}
            self.client.put_item(TableName=self.name, Item=written)


def numbers_in(records: Iterable[dict[str, Any]]) -> list[int]:
    return [int(one["dynamodb"]["NewImage"]["number"]["N"]) for one in records]


@contextlib.asynccontextmanager
async def mapped(
    stream: Stream,
    invoke: Callable[[dict[str, Any]], Awaitable[Any]],
    settings: MappingSettings | None = None,
    gate: Gate | None = None,
    polling: Polling = Polling.BEST,
    **options: Any,
) -> AsyncIterator[EventSourceMapping]:
    """Run a mapping for a ``with`` block."""
    mapping = EventSourceMapping(
        stream=stream,
        settings=settings or MappingSettings(),
        invoke=invoke,
        polling=polling,
        gate=gate or Gate(),
        **options,
    )
    running = asyncio.create_task(mapping.run())
    try:
        yield mapping
    finally:
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()


async def until(reached: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(_DEADLINE_S):
        while not reached():  # noqa: ASYNC110  nothing signals these conditions
            await asyncio.sleep(0.005)
