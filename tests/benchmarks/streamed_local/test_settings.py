from __future__ import annotations

from typing import Any

import pytest

from benchmarks.streamed_local.settings import matches
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
def test_a_record_matches_when_it_meets_every_condition(pattern: Any, expected: bool) -> None:
    assert matches(pattern, record(1)) is expected
