"""Records for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def record(number: int, item: str = "a", event_name: str = "INSERT") -> dict[str, Any]:
    """Make a record as a function receives it."""
    keys = {"id": {"S": item}}
    return {
        "eventID": str(number),
        "eventName": event_name,
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000.0,
            "Keys": keys,
            "NewImage": {**keys, "number": {"N": str(number)}},
            "SequenceNumber": f"{number:021d}",
        },
    }


def number_in(made: dict[str, Any]) -> int:
    return int(made["dynamodb"]["SequenceNumber"])


def numbers_in(records: Iterable[dict[str, Any]]) -> list[int]:
    return [number_in(made) for made in records]
