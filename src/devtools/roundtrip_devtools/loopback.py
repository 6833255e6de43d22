"""Ports of the loopback interface."""

from __future__ import annotations

import http.client
import socket
from typing import Final

from roundtrip_devtools.errors import PortTaken

LOOPBACK: Final = "127.0.0.1"


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int) -> None:
    """Raise `PortTaken` if something listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(LOOPBACK, port) from error


def ask(
    port: int, method: str, path: str, *, timeout_s: float, **more: object
) -> tuple[int, bytes]:
    """Return status and body of an answer; raise OSError if there is none."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
    try:
        connection.request(method, path, **more)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
