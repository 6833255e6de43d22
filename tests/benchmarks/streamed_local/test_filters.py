"""Filters of a mapping."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.streamed_local import filters
from tests.benchmarks.streamed_local.made import record


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["MODIFY", "INSERT"]}, True),
        ({"eventName": ["MODIFY"]}, False),
        ({"eventName": ["INSERT"], "eventID": ["2"]}, False),
        ({"dynamodb": {"NewImage": {"id": {"S": ["a"]}}}}, True),
        ({"dynamodb": {"NewImage": {"id": {"S": ["b"]}}}}, False),
        ({"dynamodb": {"OldImage": {"id": {"S": ["a"]}}}}, False),
        ({"absent": [None]}, False),
    ],
)
def test_a_record_matches_when_every_condition_does(pattern: Any, expected: bool) -> None:
    filters.check(pattern)
    assert filters.matches(pattern, record(1)) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        [],
        "INSERT",
        {"eventName": "INSERT"},
        {"eventName": []},
        {"eventName": [{"prefix": "INS"}]},
        {"dynamodb": {"NewImage": {}}},
    ],
)
def test_what_is_not_followed_is_refused(pattern: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|not followed"):
        filters.check(pattern)
