"""A network that loses connections: a relay that cuts each one after a random number of bytes."""

from __future__ import annotations

import random
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

# A connection lasts for about ten requests or answers.
_MEAN_BYTES: Final = 15_000
_RESET: Final = struct.pack("ii", 1, 0)


class Relay:
    """Relays connections to a server, and cuts them.

    Attributes
    ----------
    cuts
        The number of connections that it cut.
    """

    def __init__(self, url: str, seed: int) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._random = random.Random(seed)  # noqa: S311 - a test that can be repeated
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                for source, target in ((near, far), (far, near)):
                    after = int(self._random.expovariate(1 / _MEAN_BYTES))
                    reset = self._random.random() < 0.5
                    threading.Thread(
                        target=self._relay, args=(source, target, after, reset), daemon=True
                    ).start()

    def _relay(self, source: socket.socket, target: socket.socket, left: int, reset: bool) -> None:
        with suppress(OSError):
            while part := source.recv(65_536):
                target.sendall(part[:left])
                left -= len(part)
                if left <= 0:
                    self.cuts += 1
                    break
        for end in (source, target):
            with suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def lossy(url: str, seed: int) -> Iterator[Relay]:
    """Run a relay to a server."""
    relay = Relay(url, seed)
    try:
        yield relay
    finally:
        relay.close()
