"""Delivery: every record is done or given up, and each item's records come in order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.streamed_local.delivery import (
    Batch,
    Delivery,
    Step,
    after,
    done_count,
    lane,
    number_of,
)
from benchmarks.streamed_local.settings import ENDLESS, MappingSettings
from roundtrip_devtools.container import InvocationFailed
from tests.benchmarks.streamed_local.made import number_in, numbers_in, record

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE, TWO, THREE = (record(number) for number in (1, 2, 3))
BISECTING = MappingSettings(maximum_retries=0, bisect=True)


# ---- one call ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch", "done", "mapping", "expected"),
    [
        (Batch([ONE, TWO]), 2, MappingSettings(), Step()),
        (Batch([ONE, TWO]), 0, MappingSettings(maximum_retries=1), Step((Batch([ONE, TWO], 1),))),
        (
            Batch([ONE, TWO], 1),
            0,
            MappingSettings(maximum_retries=1),
            Step(given_up=[ONE, TWO]),
        ),
        (
            Batch([ONE], 1000),
            0,
            MappingSettings(maximum_retries=ENDLESS),
            Step((Batch([ONE], 1001),)),
        ),
        (Batch([ONE, TWO, THREE]), 0, BISECTING, Step((Batch([ONE, TWO]), Batch([THREE])))),
        (Batch([ONE]), 0, BISECTING, Step(given_up=[ONE])),
        (
            Batch([ONE, TWO, THREE], 3),
            1,
            MappingSettings(maximum_retries=3),
            Step((Batch([TWO, THREE]),)),
        ),
    ],
    ids=["done", "retry", "give up", "endless", "split", "single record", "progress"],
)
def test_what_follows_a_call(
    batch: Batch, done: int, mapping: MappingSettings, expected: Step
) -> None:
    assert after(batch, done, mapping) == expected


@pytest.mark.parametrize(
    ("result", "done"),
    [
        # https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
        ({"batchItemFailures": []}, 3),
        ({"batchItemFailures": None}, 3),
        ({}, 3),
        (None, 3),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, 0),
        ({"batchItemFailures": [{"badKey": "101"}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": "101"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": "102"}, {"itemIdentifier": "101"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": "102"}]}, 2),
        ({"batchItemFailures": [{"itemIdentifier": "999"}]}, 0),
        ({"batchItemFailures": ["101"]}, 0),
    ],
)
def test_a_result_says_how_many_records_are_done(result: Any, done: int) -> None:
    numbers = ["100", "101", "102"]
    assert done_count(result, numbers, MappingSettings(reports_item_failures=True)) == done
    assert done_count(result, numbers, MappingSettings()) == 3


def test_items_are_spread_over_lanes_and_keep_theirs() -> None:
    keys = [{"id": {"S": str(number)}, "eventId": {"S": "é"}} for number in range(100)]
    lanes = [lane(key, 4) for key in keys]
    assert set(lanes) == {0, 1, 2, 3}
    assert [lane(dict(reversed(key.items())), 4) for key in keys] == lanes


# ---- many calls -------------------------------------------------------------------------------


@dataclass
class Consumer:
    """A function that always fails at poison, and some times at other records."""

    poison: set[int] = field(default_factory=set)
    failures: dict[int, int] = field(default_factory=dict)
    reports: bool = False
    calls: list[list[int]] = field(default_factory=list)
    handled: list[dict[str, Any]] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    pauses_s: list[float] = field(default_factory=list)

    async def invoke(self, records: Sequence[dict[str, Any]]) -> Any:
        self.calls.append(numbers_in(records))
        for one in records:
            await asyncio.sleep(0)  # Other lanes may run in between.
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

    async def pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)

    def receive(self, records: Sequence[dict[str, Any]], mapping: MappingSettings) -> None:
        delivery = Delivery(
            settings=mapping,
            invoke=self.invoke,
            give_up=self.give_up,
            pause=self.pause,
        )
        asyncio.run(delivery.deliver(records))


@given(st.data(), st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.booleans())
@settings(max_examples=60)
def test_every_record_is_handled_in_order_or_given_up(
    data: st.DataObject, items: list[str], bisect: bool
) -> None:
    numbers = st.integers(1, len(items))
    retries = data.draw(st.integers(0, 3))
    consumer = Consumer(
        poison=data.draw(st.sets(numbers, max_size=3)),
        failures=data.draw(st.dictionaries(numbers, st.integers(0, retries))),
        reports=data.draw(st.booleans()),
    )
    mapping = MappingSettings(
        batch_size=data.draw(st.integers(1, 6)),
        parallelization_factor=data.draw(st.integers(1, 3)),
        maximum_retries=retries,
        bisect=bisect,
        reports_item_failures=consumer.reports,
    )
    consumer.receive([record(number, item) for number, item in enumerate(items, 1)], mapping)
    assert {*numbers_in(consumer.handled), *consumer.given_up} == set(range(1, len(items) + 1))
    assert len(consumer.given_up) == len(set(consumer.given_up))
    assert consumer.poison <= set(consumer.given_up)
    if bisect:
        assert set(consumer.given_up) == consumer.poison
    assert max(map(len, consumer.calls)) <= mapping.batch_size
    for item in "abc":
        of_item = [one for one in consumer.handled if one["dynamodb"]["Keys"]["id"]["S"] == item]
        first_times = list(dict.fromkeys(numbers_in(of_item)))
        assert first_times == sorted(first_times)


def test_delivery_continues_at_the_reported_record() -> None:
    consumer = Consumer(failures={3: 1}, reports=True)
    records = [record(number) for number in range(1, 6)]
    consumer.receive(records, MappingSettings(reports_item_failures=True))
    assert consumer.calls == [[1, 2, 3, 4, 5], [3, 4, 5]]


def test_poison_is_split_off_retried_and_given_up() -> None:
    consumer = Consumer(poison={2})
    records = [record(number) for number in range(1, 5)]
    consumer.receive(records, replace(BISECTING, maximum_retries=2))
    assert consumer.calls == [[1, 2, 3, 4], [1, 2], [1], [2], [2], [2], [3, 4]]
    assert consumer.given_up == [2]
    assert len(consumer.pauses_s) == 2
    assert consumer.pauses_s == sorted(consumer.pauses_s)


def test_a_filtered_record_reaches_no_function_and_delays_nothing() -> None:
    consumer = Consumer()
    names = ["MODIFY", "INSERT", "REMOVE"]
    records = [record(number, event_name=name) for number, name in enumerate(names, 1)]
    consumer.receive(records, MappingSettings(patterns=({"eventName": ["INSERT"]},)))
    assert consumer.calls == [[2]]


@pytest.mark.parametrize("factor", [1, 4])
def test_items_run_side_by_side_only_with_a_factor(factor: int) -> None:
    busy = most = 0

    async def invoke(_records: Sequence[dict[str, Any]]) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1

    delivery = Delivery(
        settings=MappingSettings(parallelization_factor=factor),
        invoke=invoke,
        give_up=lambda _records: None,
    )
    records = [record(number, item=str(number)) for number in range(1, 40)]
    asyncio.run(delivery.deliver(records))
    assert most == factor
