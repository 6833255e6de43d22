"""Handles the events of a WebSocket API: connect, follow, unfollow, ping, disconnect.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.errors import CorruptItem, NotJson, Unavailable
from roundtrip.followers.poster import Gone
from roundtrip.limits import (
    FAN_OUT_THREADS,
    MAX_CONNECTIONS,
    MAX_FOLLOWED,
    MAX_FOLLOWERS,
    MAX_ID_CHARACTERS,
    MAX_NAMED_STREAMS,
)
from roundtrip.redux.jsontext import decode_strict, encode
from roundtrip.storage.records import ID_PATTERN, Stream
from roundtrip.storage.sockets import TICKET_PATTERN, Socket, ticket_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from roundtrip.followers.poster import Poster
    from roundtrip.redux.store import Store
    from roundtrip.storage.port import Storage
    from roundtrip.storage.sockets import SocketStorage

_FORBIDDEN: Final = {"statusCode": 403}
_OK: Final = {"statusCode": 200}
_TOO_MANY: Final = {"statusCode": 429}
_UNAVAILABLE: Final = {"statusCode": 503}

# Messages of one connection are handled at once, so that each may find the others' changes.
_ATTEMPTS: Final = 5


class _Named(NamedTuple):
    """A stream as a client names it."""

    store: str
    id: str


class _Malformed(Exception):
    """A message has another form; the argument says what was expected."""


class Sockets:
    """Handles the events of a WebSocket API.

    Parameters
    ----------
    stores
        By name.
    storage
        Tells the versions of streams.
    sockets
        Keeps tickets, connections and followers.
    now_s
        Returns the seconds since the epoch.
    report
        Logs an error, with fields that identify what it concerns.
    """

    def __init__(
        self,
        stores: Mapping[str, Store],
        storage: Storage,
        sockets: SocketStorage,
        poster: Poster,
        *,
        now_s: Callable[[], float],
        report: Callable[[Exception, Mapping[str, Any]], None],
    ) -> None:
        self._stores = stores
        self._storage = storage
        self._sockets = sockets
        self._poster = poster
        self._now_s = now_s
        self._report = report
        self._pool = ThreadPoolExecutor(FAN_OUT_THREADS, thread_name_prefix="follow")

    def handle(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Handle one event; API Gateway refuses a connection unless the status is 200."""
        del context
        connection: str = event["requestContext"]["connectionId"]
        try:
            match event["requestContext"]["eventType"]:
                case "CONNECT":
                    query = event.get("queryStringParameters") or {}
                    return self._connect(connection, query.get("ticket") or "")
                case "DISCONNECT":
                    self._disconnect(connection)
                case _:
                    self._receive(connection, event.get("body") or "")
        except Unavailable as error:
            self._report(error, {"connection": connection})
            return _UNAVAILABLE
        return _OK

    def _connect(self, connection: str, secret: str) -> dict[str, Any]:
        # Strangers cost no call of the table.
        if not re.fullmatch(TICKET_PATTERN, secret):
            return _FORBIDDEN
        now_s = int(self._now_s())
        ticket = self._sockets.take_ticket(ticket_digest(secret), now_s)
        if ticket is None or ticket.until_s <= now_s:
            return _FORBIDDEN
        socket = Socket(connection, ticket.own, ticket.tenant, ticket.until_s)
        self._sockets.open(socket)
        # Counted afterwards: of two that connect at once, both may be refused, but never too few.
        if self._sockets.connections(ticket.own, now_s) > MAX_CONNECTIONS:
            self._sockets.close(socket)
            return _TOO_MANY
        return _OK

    def _disconnect(self, connection: str) -> None:
        socket = self._sockets.socket(connection, int(self._now_s()))
        if socket is not None:
            self._sockets.close(socket)

    def _receive(self, connection: str, body: str) -> None:
        socket = self._sockets.socket(connection, int(self._now_s()))
        try:
            answer = {"type": "expired"} if socket is None else self._answer(socket, body)
        except _Malformed as error:
            answer = {"type": "malformed", "detail": f"Expected {error}."}
        try:
            self._poster.post(connection, encode(answer))
        except Gone:
            self._disconnect(connection)

    def _answer(self, socket: Socket, body: str) -> dict[str, Any]:
        message = _message(body)
        match message.get("type"):
            case "ping":
                return {"type": "pong"}
            case "follow":
                named = _named(message)
                return {"type": "following", "streams": self._follow(socket, named)}
            case "unfollow":
                named = _named(message)
                self._unfollow(socket, named)
                # Messages of one connection are handled at once: a client that follows a stream
                # again waits for this answer.
                return {"type": "unfollowed", "streams": [one._asdict() for one in named]}
            case _:
                raise _Malformed("the type follow, unfollow or ping")

    def _follow(self, socket: Socket, named: list[_Named]) -> list[dict[str, Any]]:
        found = {one: self._stream(socket, one) for one in named}
        streams = {stream for stream in found.values() if isinstance(stream, Stream)}
        refusal = self._remember(socket, streams)

        def follow(one: _Named) -> dict[str, Any]:
            stream = found[one]
            answer = stream if isinstance(stream, str) else refusal or self._join(stream, socket)
            said = {"refused": answer} if isinstance(answer, str) else {"version": answer}
            return {"store": one.store, "id": one.id, **said}

        return list(self._pool.map(follow, found))

    def _stream(self, socket: Socket, named: _Named) -> Stream | str:
        """Return the stream that the caller means, or why they cannot follow it."""
        store = self._stores.get(named.store)
        if store is None:
            return "unknown-store"
        if not re.fullmatch(ID_PATTERN, named.id):
            return "invalid-id"
        namespace = socket.own if store.access == "private" else socket.tenant
        return "forbidden" if namespace is None else Stream(namespace, store.name, named.id)

    def _remember(self, socket: Socket, streams: set[Stream]) -> str | None:
        """Add streams to those of a connection; return why it may not follow them."""
        current: Socket | None = socket
        for _ in range(_ATTEMPTS):
            if current is None:
                return "unavailable"
            followed = current.streams | streams
            if len(followed) > MAX_FOLLOWED:
                return "too-many-streams"
            if followed == current.streams or self._sockets.set_streams(current, followed):
                return None
            current = self._sockets.socket(socket.connection, int(self._now_s()))
        return "unavailable"

    def _join(self, stream: Stream, socket: Socket) -> int | str:
        """Make a connection a follower; return the version that the stream has afterwards."""
        try:
            self._sockets.follow(stream, socket)
            # Counted afterwards, as connections are.
            if len(self._sockets.followers(stream, int(self._now_s()))) > MAX_FOLLOWERS:
                self._sockets.unfollow(stream, socket.connection)
                return "too-many-followers"
            # Read after the follower is written: a commit is in this version or pokes.
            head = self._storage.load(stream)
        except (CorruptItem, Unavailable) as error:
            self._report(error, {"stream": stream.label, "connection": socket.connection})
            return "unavailable"
        return 0 if head is None else head.version

    def _unfollow(self, socket: Socket, named: list[_Named]) -> None:
        found = (self._stream(socket, one) for one in named)
        streams = {stream for stream in found if isinstance(stream, Stream)} & socket.streams
        for stream in streams:
            self._sockets.unfollow(stream, socket.connection)
        current: Socket | None = socket if streams else None
        for _ in range(_ATTEMPTS):
            if current is None or self._sockets.set_streams(current, current.streams - streams):
                return
            current = self._sockets.socket(socket.connection, int(self._now_s()))


def _message(body: str) -> dict[str, Any]:
    try:
        message = decode_strict(body, where="message")
    except NotJson as error:
        raise _Malformed("a message in strict JSON") from error
    if not isinstance(message, dict):
        raise _Malformed("a message that is a JSON object")
    return message


def _named(message: dict[str, Any]) -> list[_Named]:
    streams = message.get("streams")
    if not isinstance(streams, list) or not 1 <= len(streams) <= MAX_NAMED_STREAMS:
        raise _Malformed(f"streams: an array of 1 to {MAX_NAMED_STREAMS} streams")
    return [_one(stream) for stream in streams]


def _one(stream: Any) -> _Named:
    match stream:
        # Bounded because the answer repeats them.
        case {"store": str(store), "id": str(id_)} if (
            max(len(store), len(id_)) <= MAX_ID_CHARACTERS
        ):
            return _Named(store, id_)
        case _:
            raise _Malformed(
                "streams: objects with the strings store and id, of at most "
                f"{MAX_ID_CHARACTERS} characters"
            )
