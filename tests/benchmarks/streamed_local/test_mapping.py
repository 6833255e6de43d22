"""The event source mapping, on streams of DynamoDB Local."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.streamed_local.mapping import EventSourceMapping, Gate
from benchmarks.streamed_local.settings import MappingSettings, Polling
from benchmarks.streamed_local.shards import Shard, Stream
from roundtrip_devtools.container import InvocationFailed
from tests.benchmarks.streamed_local.streams import Table, mapped, numbers_in, until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.engine


@pytest.fixture
def table(dynamodb_local_endpoint: str) -> Table:
    return Table(dynamodb_local_endpoint)


class Function:
    """A function that notes its calls, and may fail."""

    def __init__(self, fails: Callable[[list[int]], bool] = lambda _numbers: False) -> None:
        self.calls: list[list[int]] = []
        self._fails = fails

    @property
    def handled(self) -> list[int]:
        return [number for call in self.calls if not self._fails(call) for number in call]

    async def invoke(self, event: dict[str, Any]) -> None:
        numbers = numbers_in(event["Records"])
        self.calls.append(numbers)
        if self._fails(numbers):
            raise InvocationFailed


@pytest.mark.parametrize("polling", Polling)
def test_records_from_before_and_after_the_start_are_delivered_in_order_and_in_batches(
    table: Table, polling: Polling
) -> None:
    table.put(*range(10))
    function = Function()

    async def scenario() -> None:
        settings = MappingSettings(batch_size=3)
        async with mapped(table.stream, function.invoke, settings, polling=polling):
            await until(lambda: len(function.handled) == 10)
            await asyncio.to_thread(table.put, *range(10, 20))
            await until(lambda: len(function.handled) == 20)

    asyncio.run(scenario())
    assert function.handled == list(range(20))
    assert max(map(len, function.calls)) == 3


def test_poison_is_given_up_and_the_rest_continues(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    table.put(1, 2, 3, 4, 5)
    function = Function(fails=lambda numbers: 3 in numbers)

    async def scenario() -> None:
        settings = MappingSettings(maximum_retries=1, bisect=True)
        async with mapped(table.stream, function.invoke, settings):
            await until(lambda: len(function.handled) == 4)
            await asyncio.to_thread(table.put, 6)
            await until(lambda: len(function.handled) == 5)

    asyncio.run(scenario())
    assert function.handled == [1, 2, 4, 5, 6]
    assert function.calls.count([3]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Given up after 1 retries: records ")
    assert line.endswith(f" of {table.stream.arn}.")


def test_a_pause_waits_for_the_running_batch_delivers_nothing_and_loses_nothing(
    table: Table,
) -> None:
    async def scenario() -> None:
        began, may_end, gate = asyncio.Event(), asyncio.Event(), Gate()
        handled: list[int] = []

        async def invoke(event: dict[str, Any]) -> None:
            began.set()
            await may_end.wait()
            handled.extend(numbers_in(event["Records"]))

        async with mapped(table.stream, invoke, gate=gate):
            table.put(1)
            await began.wait()
            closing = asyncio.create_task(gate.close())
            await asyncio.sleep(0.02)
            assert not closing.done()
            may_end.set()
            await closing
            table.put(2, 3)
            await asyncio.sleep(0.05)
            assert handled == [1]
            gate.open()
            await until(lambda: handled == [1, 2, 3])

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_a_child_is_read_when_its_parent_ends(
    table: Table, dynamodb_local_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB Local splits no shards: two streams stand for parent and child."""
    child = Table(dynamodb_local_endpoint)
    table.put(1, 2)
    child.put(3, 4)
    (first,), (second,) = table.stream.shards(), child.stream.shards()
    arns = {first.shard_id: table.stream.arn, second.shard_id: child.stream.arn}
    function = Function()
    get_iterator = table.stream.client.get_shard_iterator

    def of_its_stream(**arguments: Any) -> Any:
        return get_iterator(**{**arguments, "StreamArn": arns[arguments["ShardId"]]})

    monkeypatch.setattr(table.stream.client, "get_shard_iterator", of_its_stream)
    shards = [Shard(second.shard_id, first.shard_id), first]
    monkeypatch.setattr(Stream, "shards", lambda _stream: shards)

    async def scenario() -> None:
        async with mapped(table.stream, function.invoke):
            await until(lambda: function.handled == [1, 2])
            table.client.update_table(
                TableName=table.name, StreamSpecification={"StreamEnabled": False}
            )
            await until(lambda: len(function.handled) == 4)

    asyncio.run(scenario())
    assert function.handled == [1, 2, 3, 4]


@pytest.mark.parametrize("steps", range(4))
def test_it_ends_when_it_is_cancelled_while_a_shard_ends(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "shards", lambda _stream: [])
    client: Any = None
    mapping = EventSourceMapping(
        stream=Stream(client, "arn"),
        settings=MappingSettings(),
        invoke=Function().invoke,
        polling=Polling.BEST,
        gate=Gate(),
    )

    async def scenario() -> bool:
        running = asyncio.create_task(mapping.run())
        await mapping.began.wait()
        await asyncio.sleep(0.01)
        mapping._one_finished.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running], timeout=1)
        try:
            return running.cancelled()
        finally:
            running.cancel()

    assert asyncio.run(scenario())


def test_a_stream_that_cannot_be_read_ends_the_mapping(table: Table) -> None:
    mapping = EventSourceMapping(
        stream=table.stream._replace(arn=table.stream.arn + "9"),
        settings=MappingSettings(),
        invoke=Function().invoke,
        polling=Polling.BEST,
        gate=Gate(),
    )
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(mapping.run())
    assert caught.group_contains(ClientError)
