"""A client of SocketCluster, as far as Redux DevTools uses it.

https://github.com/SocketCluster/socketcluster/blob/master/socketcluster-protocol.md
"""

from __future__ import annotations

import contextlib
import itertools
import json
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection


class Socket:
    """An open connection; one thread receives, others may transmit."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = itertools.count(1)
        self.id: str = self.invoke("#handshake", {"authToken": None})["id"]

    def transmit(self, event: str, data: Any, **more: Any) -> None:
        """Send a message."""
        self._connection.send(json.dumps({"event": event, "data": data, **more}))

    def invoke(self, event: str, data: Any) -> Any:
        """Send a message, and return the answer; other messages before it are dropped."""
        call = next(self._calls)
        self.transmit(event, data, cid=call)
        answer = next(message for message in self._messages() if message.get("rid") == call)
        if "error" in answer:
            raise ConnectionError(f"{event} was refused: {answer['error']}")
        return answer.get("data")

    def published(self) -> Iterator[Any]:
        """Yield what arrives on the channels subscribed to, as long as the connection is open."""
        for message in self._messages():
            if message.get("event") == "#publish":
                yield message["data"]["data"]

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            if text := self._connection.recv():
                yield json.loads(text)
            else:  # The server asks whether this client is alive.
                self._connection.send("")


@contextlib.contextmanager
def connected(address: str) -> Iterator[Socket]:
    """Connect to a host and port; any failure is an OSError or a WebSocketException."""
    url = f"ws://{address}/socketcluster/"
    with connect(url, compression=None, max_size=None, proxy=None) as connection:
        yield Socket(connection)
