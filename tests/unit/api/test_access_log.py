from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from roundtrip.api.access_log import AccessLog


class Lines:
    def __init__(self, *, requests: bool = True, metrics: bool = True) -> None:
        self.texts: list[str] = []
        self.log = AccessLog(
            namespace="Shop",
            service="orders",
            now=lambda: datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
            write=self.texts.append,
            requests=requests,
            metrics=metrics,
        )

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


def test_a_request_and_what_it_counted_share_a_line() -> None:
    lines = Lines()
    lines.log.count("Actions", 2)
    lines.log.count("Actions", 1)
    lines.log.count("Dispatches", 1)
    lines.log.request({"method": "POST", "status": 200})

    assert lines.read() == [
        {
            "level": "INFO",
            "message": "request",
            "timestamp": "2026-01-02T03:04:05.678+00:00",
            "service": "orders",
            "cold_start": False,
            "method": "POST",
            "status": 200,
            "Actions": 3,
            "Dispatches": 1,
            "_aws": {
                "Timestamp": 1767323045678,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Shop",
                        "Dimensions": [["service"]],
                        "Metrics": [
                            {"Name": "Actions", "Unit": "Count"},
                            {"Name": "Dispatches", "Unit": "Count"},
                        ],
                    }
                ],
            },
        }
    ]


def test_a_request_has_no_part_in_what_the_one_before_counted() -> None:
    lines = Lines()
    lines.log.count("ColdStarts", 1)
    lines.log.request({})
    lines.log.request({})

    first, second = lines.read()
    assert first["cold_start"] is True
    assert second["cold_start"] is False
    assert "_aws" in first
    assert "_aws" not in second


@pytest.mark.parametrize(
    ("requests", "metrics", "counted", "written"),
    [
        (True, True, False, True),
        (True, False, True, True),
        (False, True, False, False),
        (False, True, True, True),
        (False, False, True, False),
    ],
)
def test_metrics_are_written_whatever_the_level(
    requests: bool, metrics: bool, counted: bool, written: bool
) -> None:
    lines = Lines(requests=requests, metrics=metrics)
    if counted:
        lines.log.count("Replays", 1)
    lines.log.request({})

    assert [("_aws" in line) for line in lines.read()] == [metrics and counted] * written


def test_a_path_that_is_no_valid_unicode_is_written_too() -> None:
    lines = Lines()
    lines.log.request({"path": "/\ud800\n"})

    assert lines.texts[0].isascii()
    assert "\n" not in lines.texts[0]
    assert lines.read()[0]["path"] == "/\ud800\n"
