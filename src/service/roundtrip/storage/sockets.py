"""What push keeps: tickets, open connections, and which streams they follow."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from roundtrip.storage.records import Stream

TICKET_PATTERN: Final = "[0-9a-f]{64}"
"""Form of the secret of a ticket: 256 bits."""


class Ticket(NamedTuple):
    """Permission to open one connection.

    Parameters
    ----------
    digest
        Stands for the secret, which only the caller has; see `ticket_digest`.
    own, tenant
        Namespaces of the caller's private and shared stores; see `roundtrip.api.identity.Caller`.
    until_s
        When the connection must end, in seconds since the epoch.
    expires_at_s
        When the ticket expires, in seconds since the epoch.
    """

    digest: str
    own: str
    tenant: str | None
    until_s: int
    expires_at_s: int


class Socket(NamedTuple):
    """An open connection.

    Parameters
    ----------
    connection
        Its id, made by API Gateway.
    own, tenant
        As in `Ticket`.
    expires_at_s
        When it ends, in seconds since the epoch.
    streams
        What it follows.
    change
        Number of changes of `streams`; a change names the one it is based on.
    """

    connection: str
    own: str
    tenant: str | None
    expires_at_s: int
    streams: frozenset[Stream] = frozenset()
    change: int = 0


class SocketStorage(Protocol):
    """Keeps tickets, connections and followers. Every read is consistent.

    What has expired counts as absent, because DynamoDB deletes it up to days later. Times are in
    seconds since the epoch. Every method raises `roundtrip.errors.Unavailable` if the storage
    cannot respond now.
    """

    def keep_ticket(self, ticket: Ticket) -> None:
        """Write a ticket."""

    def take_ticket(self, digest: str, now_s: int) -> Ticket | None:
        """Delete and return a ticket, or ``None`` if there is none: only one call gets it."""

    def open(self, socket: Socket) -> None:
        """Write a connection."""

    def socket(self, connection: str, now_s: int) -> Socket | None:
        """Return a connection."""

    def connections(self, own: str, now_s: int) -> int:
        """Return how many connections a caller has."""

    def set_streams(self, socket: Socket, streams: frozenset[Stream]) -> bool:
        """Replace what a connection follows; return false if it has changed or is closed."""

    def close(self, socket: Socket) -> None:
        """Delete a connection and its followers."""

    def follow(self, stream: Stream, socket: Socket) -> None:
        """Add a connection to the followers of a stream."""

    def unfollow(self, stream: Stream, connection: str) -> None:
        """Remove a connection from the followers of a stream."""

    def followers(self, stream: Stream, now_s: int) -> list[str]:
        """Return the connections that follow a stream."""


def ticket_digest(secret: str) -> str:
    """Return what stands for a ticket in the table, from which nobody can derive the secret."""
    return sha256(secret.encode()).hexdigest()
