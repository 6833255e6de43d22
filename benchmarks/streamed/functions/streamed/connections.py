"""Open connections: their table, and the API that sends to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip.storage.dynamodb.client import Refused
from streamed.items import CONDITION_FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

    from roundtrip.storage.dynamodb.client import Client

MAX_LIFE_S: Final = 2 * 60 * 60
"""API Gateway closes a connection after this time.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

HANDSHAKE_MS: Final = 30_000
"""Maximum time from a connection's entry in the table until it is open.

Until the function of ``$connect`` has answered, API Gateway reports the connection as gone:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

_PAGE: Final = 1000


@dataclass(frozen=True)
class Connections:
    """The table of open connections."""

    client: Client
    table: str
    now: Callable[[], datetime]

    def add(self, connection_id: str, *, connected_at_ms: int) -> None:
        """Add a connection that is being opened."""
        item = {
            "connectionId": {"S": connection_id},
            "connectedAt": {"N": str(connected_at_ms)},
            "expiresAt": {"N": str(connected_at_ms // 1000 + MAX_LIFE_S)},
        }
        self.client.call("PutItem", {"TableName": self.table, "Item": item})

    def remove(self, connection_id: str) -> None:
        """Remove a connection that was closed."""
        self.client.call("DeleteItem", self._named(connection_id))

    def forget(self, connection_id: str) -> None:
        """Remove a connection that API Gateway reports as gone, unless it may not be open yet."""
        settled_ms = int(self.now().timestamp() * 1000) - HANDSHAKE_MS
        condition = {
            "ConditionExpression": "connectedAt < :settled",
            "ExpressionAttributeValues": {":settled": {"N": str(settled_ms)}},
        }
        try:
            self.client.call("DeleteItem", {**self._named(connection_id), **condition})
        except Refused as refused:
            if refused.code != CONDITION_FAILED:
                raise

    def pages(self) -> Iterator[list[str]]:
        """Yield the ids of all connections that were added before, page by page."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "ProjectionExpression": "connectionId",
            "ConsistentRead": True,
            "Limit": _PAGE,
        }
        while True:
            page = self.client.call("Scan", request)
            yield [item["connectionId"]["S"] for item in page["Items"]]
            if not (last := page.get("LastEvaluatedKey")):
                return
            request["ExclusiveStartKey"] = last

    def _named(self, connection_id: str) -> dict[str, Any]:
        return {"TableName": self.table, "Key": {"connectionId": {"S": connection_id}}}


@dataclass(frozen=True)
class Sockets:
    """The open connections, as the management API reaches them."""

    client: ApiGatewayManagementApiClient

    def post(self, connection_id: str, data: bytes) -> bool:
        """Send a message; return whether the connection still exists.

        After an error of the SDK (`ClientError`, `BotoCoreError`) the message may have been sent.
        """
        try:
            self.client.post_to_connection(ConnectionId=connection_id, Data=data)
        except self.client.exceptions.GoneException:
            return False
        return True
