"""Tickets, connections and followers in memory, for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from roundtrip.storage.dynamodb import socket_items

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.items import Item
    from roundtrip.storage.records import Stream
    from roundtrip.storage.sockets import Socket, Ticket


class MemorySockets:
    """Implements `roundtrip.storage.sockets.SocketStorage` in a dictionary; thread-safe.

    It keeps the same items as DynamoDB, so that tests cover their form.
    """

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}
        self._lock = threading.Lock()

    def keep_ticket(self, ticket: Ticket) -> None:
        """Write a ticket."""
        self._put(socket_items.ticket_item(ticket))

    def take_ticket(self, digest: str, now_s: int) -> Ticket | None:
        """Delete and return a ticket."""
        name = _name(socket_items.ticket_key(digest))
        with self._lock:
            if (item := self._items.get(name)) is None or not _alive(item, now_s):
                return None
            del self._items[name]
        return socket_items.ticket_record(item)

    def open(self, socket: Socket) -> None:
        """Write a connection."""
        self._put(socket_items.connection_item(socket))
        self._put(socket_items.socket_item(socket))

    def socket(self, connection: str, now_s: int) -> Socket | None:
        """Return a connection."""
        item = self._items.get(_name(socket_items.socket_key(connection)))
        if item is None or not _alive(item, now_s):
            return None
        return socket_items.socket_record(item)

    def connections(self, own: str, now_s: int) -> int:
        """Count the connections of a caller."""
        return len(self._living(socket_items.connections_pk(own), now_s))

    def set_streams(self, socket: Socket, streams: frozenset[Stream]) -> bool:
        """Replace what a connection follows, if it is still as it was read."""
        name = _name(socket_items.socket_key(socket.connection))
        with self._lock:
            item = self._items.get(name)
            if item is None or int(item["change"]["N"]) != socket.change:
                return False
            changed = socket._replace(streams=streams, change=socket.change + 1)
            self._items[name] = socket_items.socket_item(changed)
            return True

    def close(self, socket: Socket) -> None:
        """Delete a connection and its followers."""
        self._delete(socket_items.socket_key(socket.connection))
        for stream in socket.streams:
            self.unfollow(stream, socket.connection)
        self._delete(socket_items.connection_key(socket.own, socket.connection))

    def follow(self, stream: Stream, socket: Socket) -> None:
        """Add a follower."""
        self._put(socket_items.follower_item(stream, socket))

    def unfollow(self, stream: Stream, connection: str) -> None:
        """Remove a follower."""
        self._delete(socket_items.follower_key(stream, connection))

    def followers(self, stream: Stream, now_s: int) -> list[str]:
        """Return the followers of a stream."""
        found = self._living(socket_items.followers_pk(stream), now_s)
        return [socket_items.follower_connection(item) for item in found]

    def _put(self, item: Item) -> None:
        self._items[_name(item)] = item

    def _delete(self, key: Item) -> None:
        self._items.pop(_name(key), None)

    def _living(self, pk: str, now_s: int) -> list[Item]:
        found = sorted((name, item) for name, item in list(self._items.items()) if name[0] == pk)
        return [item for _, item in found if _alive(item, now_s)]


def _name(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _alive(item: Item, now_s: int) -> bool:
    return socket_items.expires_at_s(item) > now_s
