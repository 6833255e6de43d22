"""The coupled design over HTTP on this machine, as the dev server runs it; and push, if wanted."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, NamedTuple
from unittest.mock import patch

from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.containers import environment
from benchmarks.engines import Engine, template
from roundtrip.follower_app import Followers
from roundtrip.lambda_app import Roundtrip
from roundtrip_devtools.container import Container
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.event import Router
from roundtrip_devtools.following.sockets import PATH as _SOCKETS
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.project import Project
from roundtrip_devtools.table import ensure_stream
from streamed.orders import STORES

HOST: Final = "127.0.0.1"
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_PATIENCE_S: Final = 60.0
_ENDING_S: Final = 10.0


class NotServed(Exception):
    """The service did not start."""


class _Following(NamedTuple):
    """How commits are followed: the stream's ARN, a folder, and the pause between two polls."""

    stream: str
    directory: Path
    poll_s: float


@contextlib.contextmanager
def served(engine: Engine, table: str, *, poll_s: float | None = None) -> Iterator[str]:
    """Serve a table in a child process, for a ``with`` block, and yield the URL.

    With a pause between two polls of its stream, clients are told of its commits.
    """
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with (
        socket.create_server((HOST, 0)) as listener,
        tempfile.TemporaryDirectory(prefix="roundtrip-") as directory,
    ):
        # Without it each answer waits some 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port: int = listener.getsockname()[1]
        following: _Following | None = None
        if poll_s is not None:
            passed_on["SOCKETS_URL"] = f"ws://{HOST}:{port}{_SOCKETS}"
            stream = ensure_stream(engine.client(), table)
            following = _Following(stream, Path(directory), poll_s)
        with patch.dict(os.environ, environment(engine, table, **passed_on), clear=True):
            process = multiprocessing.get_context("spawn").Process(
                target=serve, args=(listener, following)
            )
            process.start()
        # The child holds the listener alone from here on: when it ends, connections end.
        listener.close()
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


def serve(listener: socket.socket, following: _Following | None) -> None:
    """Serve on a socket until SIGTERM or the end of the parent process."""
    end_with_parent()
    with Path(os.devnull).open("w", buffering=1) as nowhere, contextlib.redirect_stdout(nowhere):
        asyncio.run(_serve(listener, following))


async def _serve(listener: socket.socket, how: _Following | None) -> None:
    import uvicorn  # noqa: PLC0415  only the server needs it

    from roundtrip_devtools.following import following as dev_server  # noqa: PLC0415

    handler = Roundtrip(STORES).handler
    container = Container(handler, template().function(), function_name=FUNCTION_NAME)
    app: ASGIApp = Gateway(container, Router(template().route_keys()))
    async with contextlib.AsyncExitStack() as stack:
        if how:
            stack.enter_context(patch.object(dev_server, "_POLL_S", how.poll_s))
            project = Project(how.directory)
            running = dev_server.Following(Followers(STORES), project, how.stream)
            await stack.enter_async_context(running.running(None))
            app = _split(app, running.front)
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            ws="websockets-sansio" if how else "none",
            ws_per_message_deflate=False,
            log_level="warning",
            access_log=False,
            server_header=False,
        )
        await uvicorn.Server(config).serve(sockets=[listener])


def _split(app: ASGIApp, sockets: ASGIApp) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else app)(scope, receive, send)

    return serve


def end_with_parent() -> None:
    """End this process by SIGTERM when its parent ends, even by SIGKILL."""

    def watch() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
