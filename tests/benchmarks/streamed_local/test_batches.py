"""What becomes of a batch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.streamed_local.batches import (
    ENDLESS,
    Batch,
    Progress,
    RetryPolicy,
    Step,
    after,
    done_count,
    lane,
)

POLICIES = st.builds(
    RetryPolicy,
    maximum_retries=st.integers(min_value=ENDLESS, max_value=3),
    bisect=st.booleans(),
    reports_item_failures=st.booleans(),
)
REPORTING = RetryPolicy(reports_item_failures=True)
NUMBERS = ["100", "101", "102"]


def test_a_batch_that_is_done_has_no_next_step() -> None:
    assert after(Batch(("a", "b")), 2, RetryPolicy()) == Step()


def test_a_failed_batch_is_tried_again_as_a_whole() -> None:
    step = after(Batch(("a", "b")), 0, RetryPolicy(maximum_retries=1))
    assert step == Step(again=(Batch(("a", "b"), retries=1),))


def test_a_batch_that_had_its_retries_is_given_up() -> None:
    step = after(Batch(("a", "b"), retries=1), 0, RetryPolicy(maximum_retries=1))
    assert step == Step(given_up=("a", "b"))


def test_a_batch_that_may_always_be_tried_again_is_never_given_up() -> None:
    step = after(Batch(("a",), retries=1000), 0, RetryPolicy(maximum_retries=ENDLESS))
    assert step == Step(again=(Batch(("a",), retries=1001),))


def test_a_failed_batch_is_split_without_using_up_a_retry() -> None:
    step = after(Batch(("a", "b", "c")), 0, RetryPolicy(maximum_retries=0, bisect=True))
    assert step == Step(again=(Batch(("a", "b")), Batch(("c",))))


def test_a_single_record_cannot_be_split() -> None:
    step = after(Batch(("a",)), 0, RetryPolicy(maximum_retries=0, bisect=True))
    assert step == Step(given_up=("a",))


def test_a_batch_that_got_on_has_all_its_retries_again() -> None:
    step = after(Batch(("a", "b", "c"), retries=3), 1, RetryPolicy(maximum_retries=3))
    assert step == Step(again=(Batch(("b", "c")),))


@given(
    st.lists(st.integers(), min_size=1, max_size=9),
    st.integers(min_value=0, max_value=9),
    st.integers(min_value=0, max_value=3),
    POLICIES,
)
def test_no_step_loses_or_turns_round_records(
    records: list[int], done: int, retries: int, policy: RetryPolicy
) -> None:
    done = min(done, len(records))
    step = after(Batch(tuple(records), retries), done, policy)
    assert [*sum((batch.records for batch in step.again), ()), *step.given_up] == records[done:]
    assert all(batch.records for batch in step.again)


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
    assert done_count(result, NUMBERS, REPORTING) == done


def test_a_result_is_not_looked_at_unless_failures_are_reported() -> None:
    result = {"batchItemFailures": [{"itemIdentifier": "100"}]}
    assert done_count(result, NUMBERS, RetryPolicy()) == 3


@given(st.permutations(range(8)))
def test_progress_reaches_as_far_as_nothing_is_left_to_do(order: list[int]) -> None:
    progress = Progress(map(str, range(8)))
    done: set[int] = set()
    reached = -1
    for number in order:
        done.add(number)
        noted = progress.note([str(number)])
        first_left = min(set(range(9)) - done)
        assert noted == (str(first_left - 1) if first_left - 1 > reached else None)
        reached = first_left - 1
    assert reached == 7


@given(st.text(), st.text(), st.integers(min_value=1, max_value=10))
def test_an_item_keeps_its_lane(hash_key: str, sort_key: str, factor: int) -> None:
    keys = {"id": {"S": hash_key}, "eventId": {"S": sort_key}}
    number = lane(keys, factor)
    assert 0 <= number < factor
    assert lane(dict(reversed(keys.items())), factor) == number


def test_items_are_spread_over_the_lanes() -> None:
    lanes = {lane({"id": {"S": str(number)}}, 4) for number in range(100)}
    assert lanes == {0, 1, 2, 3}
