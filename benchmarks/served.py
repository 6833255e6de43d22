"""The coupled design over HTTP on this machine: its handler behind the dev server's gateway.

``python -m benchmarks.served FD`` is the server, on a socket that already listens.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final

from benchmarks import checkout
from benchmarks.containers import environment
from benchmarks.engines import Engine, template
from roundtrip.lambda_app import Roundtrip
from roundtrip_devtools.container import Container
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.routes import Router
from streamed.orders import STORES

HOST: Final = "127.0.0.1"
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_SOURCES: Final = (
    checkout.SERVICE_DIR,
    checkout.FUNCTIONS_DIR,
    checkout.DEVTOOLS_DIR,
    checkout.ROOT,
)
_PATIENCE_S: Final = 60.0


class NotServed(Exception):
    """The service did not start."""


@contextlib.contextmanager
def served(engine: Engine, table: str) -> Iterator[str]:
    """Serve a table in a child process, for a ``with`` block, and yield the URL."""
    variables = environment(
        engine,
        table,
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        PYTHONPATH=os.pathsep.join(map(str, _SOURCES)),
    )
    with socket.socket() as listener:
        # Without it each answer waits some 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((HOST, 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks.served", str(listener.fileno())],
            env=variables,
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=checkout.ROOT,
        ) as process:
            # From now on only the child holds it: when the child ends, connections end.
            listener.close()
            try:
                if not _healthy(port):
                    process.terminate()
                    raise NotServed(
                        "The service over HTTP was to answer GET /health with 200; it did not "
                        f"within {_PATIENCE_S:.0f} s, or ended: exit code {process.wait()}."
                    )
                yield f"http://{HOST}:{port}"
            finally:
                process.terminate()


def _healthy(port: int) -> bool:
    """Ask once: the socket listens already, so the request waits for the server to start."""
    with contextlib.closing(HTTPConnection(HOST, port, timeout=_PATIENCE_S)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False


def main(descriptor: int) -> None:
    """Serve on a socket until SIGTERM, or until the parent process ends and with it the input."""
    import uvicorn  # noqa: PLC0415  only the server needs it

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
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
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
