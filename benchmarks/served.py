"""The coupled design over HTTP on this machine: its handler behind the dev server's gateway."""

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from unittest.mock import patch

from benchmarks.containers import environment
from benchmarks.engines import Engine, template
from roundtrip.lambda_app import Roundtrip
from roundtrip_devtools.container import Container
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.event import Router
from roundtrip_devtools.gateway import Gateway
from streamed.orders import STORES

HOST: Final = "127.0.0.1"
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_PATIENCE_S: Final = 60.0
_ENDING_S: Final = 10.0


class NotServed(Exception):
    """The service did not start."""


@contextlib.contextmanager
def served(engine: Engine, table: str) -> Iterator[str]:
    """Serve a table in a child process, for a ``with`` block, and yield the URL."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with socket.create_server((HOST, 0)) as listener:
        # Without it each answer waits some 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port: int = listener.getsockname()[1]
        with patch.dict(os.environ, environment(engine, table, **passed_on), clear=True):
            process = multiprocessing.get_context("spawn").Process(target=serve, args=(listener,))
            process.start()
    # The child holds the listener alone now: when it ends, connections end.
    try:
        if not _healthy(port):
            # One that ends may close the socket before it has its exit code.
            process.join(_ENDING_S)
            raise NotServed(
                "The service over HTTP was to answer GET /health with 200; it did not within "
                f"{_PATIENCE_S:.0f} s, or ended: exit code {process.exitcode}."
            )
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        # It may wait for connections that never end.
        process.join(_ENDING_S)
        process.kill()
        process.join()


def _healthy(port: int) -> bool:
    """Ask once: the socket listens already, so the request waits for the server to start."""
    with contextlib.closing(HTTPConnection(HOST, port, timeout=_PATIENCE_S)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


def serve(listener: socket.socket) -> None:
    """Serve on a socket until SIGTERM or the end of the parent process."""
    import uvicorn  # noqa: PLC0415  only the server needs it

    end_with_parent()
    handler = Roundtrip(STORES).handler
    container = Container(handler, template().function(), function_name=FUNCTION_NAME)
    config = uvicorn.Config(
        Gateway(container, Router(template().route_keys())),
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    with Path(os.devnull).open("w", buffering=1) as nowhere, contextlib.redirect_stdout(nowhere):
        uvicorn.Server(config).run(sockets=[listener])


def end_with_parent() -> None:
    """End this process by SIGTERM when its parent ends, even by SIGKILL."""

    def watch() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
