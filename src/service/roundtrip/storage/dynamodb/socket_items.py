"""Converts tickets, connections and followers to DynamoDB items and back. Pure.

==========  ==================================  =========================  =====================
item        pk                                  sk                         further attributes
==========  ==================================  =========================  =====================
ticket      ``ticket#{digest}``                 ``ticket``                 own, tenant, until
socket      ``socket#{connection}``             ``socket``                 own, tenant, streams,
                                                                           change
connection  ``connections#{own}``               ``socket#{connection}``
follower    ``follow#{namespace}#{store}#{id}`` ``socket#{connection}``
==========  ==================================  =========================  =====================

All have ``expiresAt``, by which DynamoDB deletes them. A namespace never equals the first part of
these keys: it is ``public``, or contains a colon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from roundtrip.redux.jsontext import decode, encode
from roundtrip.storage.dynamodb.items import pk as stream_pk
from roundtrip.storage.records import Stream
from roundtrip.storage.sockets import Socket, Ticket

if TYPE_CHECKING:
    from roundtrip.storage.dynamodb.items import Item

FOLLOWERS: Final = "follow#"
"""Begins the partition keys of followers; the key of their stream follows."""

_TICKET_SK: Final = "ticket"
_SOCKET_SK: Final = "socket"
_CONNECTION: Final = "socket#"


def ticket_key(digest: str) -> Item:
    """Return the primary key of a ticket."""
    return _key(f"ticket#{digest}", _TICKET_SK)


def socket_key(connection: str) -> Item:
    """Return the primary key of a connection."""
    return _key(f"socket#{connection}", _SOCKET_SK)


def connections_pk(own: str) -> str:
    """Return the partition key of a caller's connections."""
    return f"connections#{own}"


def connection_key(own: str, connection: str) -> Item:
    """Return the primary key of an entry among a caller's connections."""
    return _key(connections_pk(own), _CONNECTION + connection)


def followers_pk(stream: Stream) -> str:
    """Return the partition key of the followers of a stream."""
    return FOLLOWERS + stream_pk(stream)


def follower_key(stream: Stream, connection: str) -> Item:
    """Return the primary key of a follower."""
    return _key(followers_pk(stream), _CONNECTION + connection)


def ticket_item(ticket: Ticket) -> Item:
    """Convert a ticket to an item."""
    return {
        **ticket_key(ticket.digest),
        **_caller(ticket),
        "until": {"N": str(ticket.until_s)},
        "expiresAt": {"N": str(ticket.expires_at_s)},
    }


def ticket_record(item: Item) -> Ticket:
    """Read a ticket from its item."""
    return Ticket(
        digest=item["pk"]["S"].removeprefix("ticket#"),
        own=item["own"]["S"],
        tenant=item["tenant"]["S"] if "tenant" in item else None,
        until_s=int(item["until"]["N"]),
        expires_at_s=expires_at_s(item),
    )


def socket_item(socket: Socket) -> Item:
    """Convert a connection to an item."""
    return {
        **socket_key(socket.connection),
        **_caller(socket),
        "streams": {"S": streams_text(socket.streams)},
        "change": {"N": str(socket.change)},
        "expiresAt": {"N": str(socket.expires_at_s)},
    }


def socket_record(item: Item) -> Socket:
    """Read a connection from its item."""
    return Socket(
        connection=item["pk"]["S"].removeprefix("socket#"),
        own=item["own"]["S"],
        tenant=item["tenant"]["S"] if "tenant" in item else None,
        expires_at_s=expires_at_s(item),
        streams=frozenset(Stream(*names) for names in decode(item["streams"]["S"])),
        change=int(item["change"]["N"]),
    )


def connection_item(socket: Socket) -> Item:
    """Return the entry of a connection among those of its caller."""
    key = connection_key(socket.own, socket.connection)
    return {**key, "expiresAt": {"N": str(socket.expires_at_s)}}


def follower_item(stream: Stream, socket: Socket) -> Item:
    """Return the entry of a connection among the followers of a stream."""
    key = follower_key(stream, socket.connection)
    return {**key, "expiresAt": {"N": str(socket.expires_at_s)}}


def follower_connection(item: Item) -> str:
    """Return the connection of a follower."""
    return str(item["sk"]["S"].removeprefix(_CONNECTION))


def streams_text(streams: frozenset[Stream]) -> str:
    """Return streams as they are kept in a connection."""
    return encode([list(stream) for stream in sorted(streams)])


def expires_at_s(item: Item) -> int:
    """Return when an item expires, in seconds since the epoch."""
    return int(item["expiresAt"]["N"])


def _caller(who: Ticket | Socket) -> Item:
    tenant: Item = {} if who.tenant is None else {"tenant": {"S": who.tenant}}
    return {"own": {"S": who.own}, **tenant}


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
