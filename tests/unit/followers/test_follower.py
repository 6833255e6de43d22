"""Sinks get every commit, at least once and in order, whatever fails on the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.streamed_local.delivery import Delivery, number_of
from benchmarks.streamed_local.settings import MappingSettings
from roundtrip.errors import SinkFailed
from roundtrip.followers.follower import Follower
from roundtrip.storage.dynamodb import items
from tests.lamps import commit_of, record_of, records_of, stream_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from roundtrip.followers.commits import Delivered

COMMITS = [commit_of(stream_of("ab"[n % 2]), n // 2 + 1) for n in range(8)]
RECORDS = records_of(COMMITS)


class Flaky:
    """A sink that takes what comes before the commits that fail, each some number of times."""

    def __init__(self, failures: Mapping[int, int], *, broken: int = 0) -> None:
        self.failures = dict(failures)
        self.broken = broken
        self.taken: list[int] = []

    def deliver(self, commits: Sequence[Delivered]) -> None:
        if self.broken:
            self.broken -= 1
            raise RuntimeError("it is broken")
        for number, *_ in commits:
            if self.failures.get(int(number), 0):
                self.failures[int(number)] -= 1
                raise SinkFailed("It is full", number)
            self.taken.append(int(number))


class Reports(list[Exception]):
    def __call__(self, error: Exception, fields: Mapping[str, Any]) -> None:
        assert fields["sequence_number"]
        self.append(error)


def follow(follower: Follower, records: Sequence[Any] = RECORDS) -> list[Any]:
    failures: list[Any] = follower.handle({"Records": list(records)}, None)["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in failures]


def test_all_sinks_get_all_commits() -> None:
    first, second, offered = Flaky({}), Flaky({}), Flaky({})
    reports = Reports()
    follower = Follower([first, second], offered=[offered], report=reports)
    assert follow(follower) == []
    assert first.taken == second.taken == offered.taken == list(range(98, 106))
    assert reports == []


def test_the_first_failure_of_any_sink_is_reported() -> None:
    # As text, 100 comes before 98.
    reports = Reports()
    follower = Follower([Flaky({100: 1}), Flaky({98: 1}), Flaky({104: 1})], report=reports)
    assert follow(follower) == ["98"]
    assert [type(one) for one in reports] == [SinkFailed] * 3


def test_a_broken_sink_holds_up_no_other() -> None:
    sound = Flaky({})
    assert follow(Follower([Flaky({}, broken=1), sound], report=Reports())) == ["98"]
    assert len(sound.taken) == 8


def test_what_comes_again_is_not_offered_again() -> None:
    offered = Flaky({})
    follower = Follower([Flaky({100: 2})], offered=[offered], report=Reports())
    assert follow(follower) == ["100"]
    assert follow(follower, RECORDS[2:]) == ["100"]
    assert offered.taken == list(range(98, 106))
    again = [commit._replace(token=f"other {commit.token}") for commit in COMMITS]
    assert follow(follower, records_of(again)) == []
    assert offered.taken == 2 * list(range(98, 106))


def test_what_is_only_offered_never_fails_a_batch() -> None:
    sink, reports = Flaky({}), Reports()
    follower = Follower([sink], offered=[Flaky({99: 1}), Flaky({}, broken=1)], report=reports)
    assert follow(follower) == []
    assert len(sink.taken) == 8
    assert len(reports) == 2


def test_a_damaged_commit_is_reported_and_holds_up_nothing() -> None:
    damaged = {**items.commit_item(COMMITS[2]), "count": {"N": "many"}}
    records = [*RECORDS[:2], record_of(damaged, 100), *RECORDS[3:]]
    sink, reports = Flaky({}), Reports()
    assert follow(Follower([sink], report=reports), records) == []
    assert sink.taken == list(range(98, 106))
    (report,) = reports
    assert "commit#000000000002" in str(report)


def test_a_batch_of_other_records_calls_no_sink() -> None:
    assert follow(Follower([Flaky({}, broken=1)], report=Reports()), []) == []


FAILURES = st.dictionaries(st.integers(98, 105), st.integers(1, 3), max_size=4)


@settings(deadline=None)
@given(FAILURES, FAILURES, st.integers(0, 2), st.integers(1, 8), st.booleans())
def test_every_commit_comes_in_order(
    first: dict[int, int], second: dict[int, int], broken: int, size: int, bisect: bool
) -> None:
    """With retries enough, each sink takes every commit; a later one never before it."""
    sinks = [Flaky(first, broken=broken), Flaky(second)]
    follower = Follower(sinks, report=Reports())
    given_up: list[Any] = []

    async def invoke(records: Sequence[Any]) -> Any:
        return follower.handle({"Records": list(records)}, None)

    async def pause(_: float) -> None:
        return None

    mapping = MappingSettings(
        batch_size=size, maximum_retries=20, bisect=bisect, reports_item_failures=True
    )
    delivery = Delivery(settings=mapping, invoke=invoke, give_up=given_up.extend, pause=pause)
    asyncio.run(delivery.deliver(RECORDS))

    assert given_up == []
    for sink in sinks:
        # The first time that each was taken.
        assert list(dict.fromkeys(sink.taken)) == [int(number_of(one)) for one in RECORDS]
