"""Reads the commits of a table by a scan in segments."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip_devtools.errors import DevtoolsError
from roundtrip_devtools.logs.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from roundtrip.storage.dynamodb.items import Item

MAX_SEGMENTS: Final = 1_000_000
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"""

# What a row needs: what a commit touched may be larger than its actions.
_REQUEST: Final = {
    "ConsistentRead": True,
    "FilterExpression": "begins_with(sk, :commits)",
    "ProjectionExpression": "pk, sk, actions, actor, recordedAt, #count, #token",
    "ExpressionAttributeNames": {"#count": "count", "#token": "token"},
    "ExpressionAttributeValues": {":commits": {"S": "commit#"}},
}


class Description(NamedTuple):
    """A table.

    Parameters
    ----------
    items
        About how many items it has.
    now
        The time by DynamoDB's clock, to the second.
    """

    arn: str
    items: int
    now: datetime


class Page(NamedTuple):
    """The commits of a page of a scan, and the number of all items on it."""

    commits: list[Item]
    scanned: int


class Segments(Table):
    """Reads the commits of a table.

    A scan returns the items of a partition key together, in the order of their sort keys, and all
    of them in one segment.
    """

    def described(self) -> Description:
        """Describe the table.

        Raises
        ------
        DevtoolsError
            The answer has no date.
        """
        table = self._call("DescribeTable", {"TableName": self._name})["Table"]
        date = self._client.date
        try:
            now = parsedate_to_datetime(date)
        except ValueError as error:
            raise DevtoolsError(
                f"The header Date of DynamoDB's answer: expected a time, received {date!r:.100}."
            ) from error
        return Description(table["TableArn"], table["ItemCount"], now)

    def pages(self, segment: int, segments: int) -> Iterator[Page]:
        """Return the pages of a segment."""
        request = {
            "TableName": self._name,
            "Segment": segment,
            "TotalSegments": segments,
            **_REQUEST,
        }
        position: dict[str, Any] = {}
        while True:
            response = self._call("Scan", request | position)
            yield Page(response["Items"], response["ScannedCount"])
            if not (last := response.get("LastEvaluatedKey")):
                return
            position = {"ExclusiveStartKey": last}
