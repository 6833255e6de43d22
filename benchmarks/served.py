"""The coupled design over HTTP on this machine: its handler behind the dev server's gateway.

``python -m benchmarks.served FD`` is the server itself, on a socket that listens already.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final

from benchmarks import checkout
from benchmarks.containers import environment
from roundtrip.lambda_app import Roundtrip
from roundtrip_devtools.container import Container
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.routes import Router
from roundtrip_devtools.template import Template
from streamed.orders import STORES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.engines import Engine

HOST: Final = "127.0.0.1"

_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.05


class NotServed(Exception):
    """The service did not start.

    Parameters
    ----------
    why
        As a clause.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"The service over HTTP was to answer GET /health; {why}.")
        self.why = why


@contextlib.contextmanager
def served(engine: Engine, table: str) -> Iterator[str]:
    """Serve for a ``with`` block, in a process of its own.

    Parameters
    ----------
    engine, table
        Where its streams are.

    Yields
    ------
    str
        The URL.

    Raises
    ------
    NotServed
        When it does not start.
    """
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    places = (
        checkout.SERVICE_DIR,
        checkout.FUNCTIONS_DIR,
        checkout.DEVTOOLS_DIR,
        checkout.ROOT,
    )
    path = os.pathsep.join(map(str, places))
    function = Template(checkout.TEMPLATE).function()
    with socket.socket() as listener:
        # Without it each answer waits some 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((HOST, 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.served", str(listener.fileno())],
            env=environment(engine, table, function, **passed_on, PYTHONPATH=path),
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=checkout.ROOT,
        ) as process:
            # Its own now: when it ends, nobody listens any more.
            listener.close()
            try:
                _wait(process, port)
                yield f"http://{HOST}:{port}"
            finally:
                process.terminate()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while not _healthy(port):
        if process.poll() is not None:
            raise NotServed(f"its process ended with {process.returncode}")
        if time.monotonic() > deadline_s:
            raise NotServed(f"it did not within {_PATIENCE_S:.0f} s")
        time.sleep(_PAUSE_S)


def _healthy(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM, or until standard input ends with the process that started this one.

    Parameters
    ----------
    arguments
        The number of the listening socket.
    """
    import uvicorn  # noqa: PLC0415  only the server needs it

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
    config = uvicorn.Config(
        _gateway(),
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(arguments[0]))])


def _gateway() -> Gateway:
    template = Template(checkout.TEMPLATE)
    container = Container(
        Roundtrip(STORES).handler, template.function(), function_name=FUNCTION_NAME
    )
    return Gateway(container, Router(template.route_keys()))


if __name__ == "__main__":
    main(sys.argv[1:])
