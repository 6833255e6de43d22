"""Delivery: every record is done or given up, and each item's records in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.streamed_local.batches import RetryPolicy
from benchmarks.streamed_local.delivery import Delivery, number_of
from benchmarks.streamed_local.settings import MappingSettings
from roundtrip_devtools.container import InvocationFailed
from tests.benchmarks.streamed_local.made import number_in, numbers_in, record

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Consumer:
    """A function that fails at some records: at poison always, at others so many times."""

    poison: set[int] = field(default_factory=set)
    failures: dict[int, int] = field(default_factory=dict)
    unwanted: set[int] = field(default_factory=set)
    reports: bool = False
    calls: list[list[int]] = field(default_factory=list)
    handled: list[dict[str, Any]] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    pauses_s: list[float] = field(default_factory=list)

    async def invoke(self, records: Sequence[dict[str, Any]]) -> Any:
        self.calls.append(numbers_in(records))
        for one in records:
            await asyncio.sleep(0)  # Other lanes may come in between.
            number = number_in(one)
            left = self.failures.get(number, 0)
            self.failures[number] = left - 1
            if number in self.poison or left > 0:
                if self.reports:
                    return {"batchItemFailures": [{"itemIdentifier": number_of(one)}]}
                raise InvocationFailed
            self.handled.append(one)
        return None

    def give_up(self, records: Sequence[dict[str, Any]]) -> None:
        self.given_up += numbers_in(records)

    def checkpoint(self, at: str) -> None:
        settled = {*numbers_in(self.handled), *self.given_up, *self.unwanted}
        assert settled >= set(range(1, int(at) + 1)), f"{at} is too far"
        self.checkpoints.append(int(at))

    async def pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)

    def receive(self, records: Sequence[dict[str, Any]], settings: MappingSettings) -> None:
        delivery = Delivery(settings, invoke=self.invoke, give_up=self.give_up, pause=self.pause)
        asyncio.run(delivery.deliver(records, self.checkpoint))


@st.composite
def consumers(draw: st.DrawFn) -> tuple[Consumer, list[dict[str, Any]], MappingSettings]:
    items = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
    numbers = st.integers(min_value=1, max_value=len(items))
    retries = draw(st.integers(min_value=0, max_value=3))
    reports = draw(st.booleans())
    consumer = Consumer(
        poison=draw(st.sets(numbers, max_size=3)),
        failures=draw(st.dictionaries(numbers, st.integers(min_value=0, max_value=retries))),
        reports=reports,
    )
    settings = MappingSettings(
        batch_size=draw(st.integers(min_value=1, max_value=6)),
        parallelization_factor=draw(st.integers(min_value=1, max_value=3)),
        retry_policy=RetryPolicy(
            maximum_retries=retries, bisect=draw(st.booleans()), reports_item_failures=reports
        ),
    )
    return consumer, [record(number, item) for number, item in enumerate(items, 1)], settings


@given(consumers())
def test_every_record_is_handled_or_given_up(
    example: tuple[Consumer, list[dict[str, Any]], MappingSettings],
) -> None:
    consumer, records, settings = example
    consumer.receive(records, settings)
    settled = {*numbers_in(consumer.handled), *consumer.given_up}
    assert settled == set(numbers_in(records))
    assert len(consumer.given_up) == len(set(consumer.given_up))
    assert consumer.poison <= set(consumer.given_up)
    assert consumer.checkpoints == sorted(set(consumer.checkpoints))
    assert consumer.checkpoints[-1] == len(records)
    assert max(map(len, consumer.calls)) <= settings.batch_size


@given(consumers())
def test_an_item_is_handled_in_order(
    example: tuple[Consumer, list[dict[str, Any]], MappingSettings],
) -> None:
    consumer, records, settings = example
    consumer.receive(records, settings)
    for item in "abc":
        of_item = [
            number_in(one) for one in consumer.handled if one["dynamodb"]["Keys"]["id"]["S"] == item
        ]
        first_times = list(dict.fromkeys(of_item))
        assert first_times == sorted(first_times)


@given(consumers())
def test_splitting_gives_up_nothing_but_poison(
    example: tuple[Consumer, list[dict[str, Any]], MappingSettings],
) -> None:
    consumer, records, settings = example
    policy = RetryPolicy(
        maximum_retries=settings.retry_policy.maximum_retries,
        bisect=True,
        reports_item_failures=settings.retry_policy.reports_item_failures,
    )
    settings = MappingSettings(
        batch_size=settings.batch_size,
        parallelization_factor=settings.parallelization_factor,
        retry_policy=policy,
    )
    consumer.receive(records, settings)
    assert set(consumer.given_up) == consumer.poison


def test_a_report_is_gone_on_from() -> None:
    consumer = Consumer(failures={3: 1}, reports=True)
    policy = RetryPolicy(reports_item_failures=True)
    consumer.receive(
        [record(number) for number in range(1, 6)], MappingSettings(retry_policy=policy)
    )
    assert consumer.calls == [[1, 2, 3, 4, 5], [3, 4, 5]]
    assert consumer.checkpoints == [2, 5]


def test_poison_is_split_off_tried_again_and_given_up() -> None:
    consumer = Consumer(poison={2})
    policy = RetryPolicy(maximum_retries=2, bisect=True)
    consumer.receive(
        [record(number) for number in range(1, 5)], MappingSettings(retry_policy=policy)
    )
    assert consumer.calls == [[1, 2, 3, 4], [1, 2], [1], [2], [2], [2], [3, 4]]
    assert consumer.given_up == [2]
    assert len(consumer.pauses_s) == 2
    assert consumer.pauses_s == sorted(consumer.pauses_s)


def test_a_record_that_the_filter_drops_reaches_nobody_and_holds_up_nothing() -> None:
    consumer = Consumer(unwanted={1, 3})
    settings = MappingSettings(patterns=({"eventName": ["INSERT"]},))
    names = ["MODIFY", "INSERT", "REMOVE"]
    records = [record(number, event_name=name) for number, name in enumerate(names, 1)]
    consumer.receive(records, settings)
    assert consumer.calls == [[2]]
    assert consumer.checkpoints == [1, 3]


@pytest.mark.parametrize("factor", [1, 4])
def test_items_run_side_by_side_only_with_a_factor(factor: int) -> None:
    async def scenario() -> int:
        busy = most = 0

        async def invoke(_records: Sequence[dict[str, Any]]) -> None:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0)
            busy -= 1

        delivery = Delivery(
            MappingSettings(parallelization_factor=factor),
            invoke=invoke,
            give_up=lambda _records: None,
        )
        records = [record(number, item=str(number)) for number in range(1, 40)]
        await delivery.deliver(records, lambda _at: None)
        return most

    assert asyncio.run(scenario()) == factor
