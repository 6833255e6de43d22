"""Tickets, connections and followers in the table of the streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundtrip.errors import StorageUnreachable
from roundtrip.storage.dynamodb import socket_items
from roundtrip.storage.dynamodb.client import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.storage.dynamodb.client import Client
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.dynamodb.requests import Request
    from roundtrip.storage.records import Stream
    from roundtrip.storage.sockets import Socket, Ticket


class DynamoDBSockets:
    """Implements `roundtrip.storage.sockets.SocketStorage` on DynamoDB.

    Parameters
    ----------
    client
        The result of `roundtrip.storage.dynamodb.adapter.connect`.
    table
        Name of the table; its attribute for expiry is ``expiresAt``.
    """

    def __init__(self, client: Client, table: str) -> None:
        self._client = client
        self._table = table

    def keep_ticket(self, ticket: Ticket) -> None:
        """Write a ticket, with one PutItem."""
        self._put(socket_items.ticket_item(ticket))

    def take_ticket(self, digest: str, now_s: int) -> Ticket | None:
        """Delete and return a ticket, with one conditional DeleteItem."""
        found = self._conditional(
            "DeleteItem",
            {
                "Key": socket_items.ticket_key(digest),
                "ConditionExpression": "expiresAt > :now",
                "ExpressionAttributeValues": {":now": {"N": str(now_s)}},
                "ReturnValues": "ALL_OLD",
            },
        )
        return None if found is None else socket_items.ticket_record(found["Attributes"])

    def open(self, socket: Socket) -> None:
        """Write a connection: first the entry that counts it, then itself."""
        self._put(socket_items.connection_item(socket))
        self._put(socket_items.socket_item(socket))

    def socket(self, connection: str, now_s: int) -> Socket | None:
        """Return a connection, with one consistent GetItem."""
        key = socket_items.socket_key(connection)
        item = self._call("GetItem", {"Key": key, "ConsistentRead": True}).get("Item")
        if item is None or socket_items.expires_at_s(item) <= now_s:
            return None
        return socket_items.socket_record(item)

    def connections(self, own: str, now_s: int) -> int:
        """Count the connections of a caller, with consistent Queries up to the last page."""
        return len(list(self._living(socket_items.connections_pk(own), now_s)))

    def set_streams(self, socket: Socket, streams: frozenset[Stream]) -> bool:
        """Replace what a connection follows, with one conditional UpdateItem."""
        found = self._conditional(
            "UpdateItem",
            {
                "Key": socket_items.socket_key(socket.connection),
                "UpdateExpression": "SET streams = :streams, change = :next",
                "ConditionExpression": "change = :change",
                "ExpressionAttributeValues": {
                    ":streams": {"S": socket_items.streams_text(streams)},
                    ":change": {"N": str(socket.change)},
                    ":next": {"N": str(socket.change + 1)},
                },
            },
        )
        return found is not None

    def close(self, socket: Socket) -> None:
        """Delete a connection: first itself, so that it can follow nothing more."""
        self._delete(socket_items.socket_key(socket.connection))
        for stream in socket.streams:
            self.unfollow(stream, socket.connection)
        self._delete(socket_items.connection_key(socket.own, socket.connection))

    def follow(self, stream: Stream, socket: Socket) -> None:
        """Add a follower, with one PutItem."""
        self._put(socket_items.follower_item(stream, socket))

    def unfollow(self, stream: Stream, connection: str) -> None:
        """Remove a follower, with one DeleteItem."""
        self._delete(socket_items.follower_key(stream, connection))

    def followers(self, stream: Stream, now_s: int) -> list[str]:
        """Return the followers of a stream, with consistent Queries up to the last page."""
        found = self._living(socket_items.followers_pk(stream), now_s)
        return [socket_items.follower_connection(item) for item in found]

    def _living(self, pk: str, now_s: int) -> Iterator[Item]:
        request: Request = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        position: dict[str, Any] = {}
        while True:
            response = self._call("Query", request | position)
            if "Items" not in response:
                raise StorageUnreachable("DynamoDB did not answer a read: Items is missing.")
            for item in response["Items"]:
                if socket_items.expires_at_s(item) > now_s:
                    yield item
            if not (last := response.get("LastEvaluatedKey")):
                return
            position = {"ExclusiveStartKey": last}

    def _put(self, item: Item) -> None:
        self._call("PutItem", {"Item": item})

    def _delete(self, key: Item) -> None:
        self._call("DeleteItem", {"Key": key})

    def _conditional(self, operation: str, request: Request) -> dict[str, Any] | None:
        """Return the response, or ``None`` if the condition does not hold."""
        try:
            return self._call(operation, request)
        except Refused as refused:
            if refused.code != "ConditionalCheckFailedException":
                raise
            return None

    def _call(self, operation: str, request: Request) -> dict[str, Any]:
        return self._client.call(operation, {"TableName": self._table, **request})
