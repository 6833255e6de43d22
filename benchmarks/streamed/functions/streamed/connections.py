"""Who is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

MAX_LIFE_S: Final = 2 * 60 * 60
"""How long API Gateway lets a connection live.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

HANDSHAKE_MS: Final = 30_000
"""How long a connection may be in the table before it is open: what ``$connect`` may take.

Until its function has answered, nothing can be sent on the connection, as if it were gone:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

_PAGE: Final = 1000


class Connections:
    """The table of connections.

    Parameters
    ----------
    client
        DynamoDB's.
    table
        Name of the table.
    now
        Clock.
    """

    def __init__(self, client: DynamoDBClient, table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def add(self, connection_id: str, *, connected_at_ms: int) -> None:
        """Note a connection that is being made.

        Parameters
        ----------
        connection_id
            What API Gateway calls it.
        connected_at_ms
            Since the epoch.
        """
        self._client.put_item(
            TableName=self._table,
            Item={
                "connectionId": {"S": connection_id},
                "connectedAt": {"N": str(connected_at_ms)},
                "expiresAt": {"N": str(connected_at_ms // 1000 + MAX_LIFE_S)},
            },
        )

    def remove(self, connection_id: str) -> None:
        """Drop a connection that has ended."""
        self._client.delete_item(TableName=self._table, Key={"connectionId": {"S": connection_id}})

    def forget(self, connection_id: str) -> None:
        """Drop a connection that API Gateway does not know, unless it may not know it yet."""
        settled_ms = int(self._now().timestamp() * 1000) - HANDSHAKE_MS
        try:
            self._client.delete_item(
                TableName=self._table,
                Key={"connectionId": {"S": connection_id}},
                ConditionExpression="connectedAt < :settled",
                ExpressionAttributeValues={":settled": {"N": str(settled_ms)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def pages(self) -> Iterator[list[str]]:
        """Give the ids of all connections, page by page, every one that was noted before."""
        position: dict[str, Any] = {}
        while True:
            page = self._client.scan(
                TableName=self._table,
                ProjectionExpression="connectionId",
                ConsistentRead=True,
                Limit=_PAGE,
                **position,
            )
            yield [item["connectionId"]["S"] for item in page["Items"]]
            if not (last := page.get("LastEvaluatedKey")):
                return
            position = {"ExclusiveStartKey": last}
