"""The dev server: an engine, the table, the API on the loopback interface, reload on changes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
import uvicorn
from botocore.config import Config
from uvicorn.supervisors.watchfilesreload import WatchFilesReload

from roundtrip_devtools.access import start_access
from roundtrip_devtools.announcement import announce
from roundtrip_devtools.application import stores_file
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.engines.datadir import forget
from roundtrip_devtools.environment import TABLE_NAME, handler_environment
from roundtrip_devtools.errors import EngineError, PortTaken
from roundtrip_devtools.table import clear_errors, ensure_table, table_definition
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundtrip_devtools.access import AuthMode
    from roundtrip_devtools.project import Project

HOST: Final = "127.0.0.1"

_LOGGING: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "uvicorn.access": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """The options of the server; with an endpoint URL it starts no engine."""

    port: int
    engine: str
    endpoint_url: str | None = None
    fresh: bool = False
    auth_mode: AuthMode = "NONE"


def serve(project: Project, options: ServerOptions) -> None:
    """Serve a project's function until SIGINT or SIGTERM, and then leave nothing running.

    Raises
    ------
    DevtoolsError
        Something that the server needs is missing, taken or unreachable.
    KeyboardInterrupt
        It was stopped before it was up.
    """
    # Until the server is up both signals unwind the stack, which stops the engine. A script's
    # background job starts with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    template = Template(project.template)
    definition = table_definition(template)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listening(options.port))
        endpoint_url = options.endpoint_url
        if endpoint_url is None:
            data_dir = project.state_dir / options.engine
            if options.fresh:
                forget(options.engine, data_dir)
            endpoint_url = stack.enter_context(ENGINES[options.engine](data_dir))
        environment = handler_environment(
            os.environ,
            template.function(),
            endpoint_url=endpoint_url,
            own_engine=options.endpoint_url is None,
            auth_mode=options.auth_mode,
        )
        os.environ.clear()
        os.environ.update(environment)
        with clear_errors(endpoint_url):
            # Configured by the environment alone, like the handler's own client.
            patience = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2})
            client = boto3.client("dynamodb", config=patience)
        ensure_table(client, definition, TABLE_NAME)
        url = f"http://{HOST}:{options.port}"
        access = start_access(options.auth_mode, os.environ, url=url, state_dir=project.state_dir)
        facts = {
            "database": options.endpoint_url or f"{options.engine} at {endpoint_url}",
            "access": access,
            "stores_file": stores_file(project),
        }
        threading.Thread(target=announce, args=(url,), kwargs=facts, daemon=True).start()
        stopping, died = threading.Event(), threading.Event()
        if options.endpoint_url is None:
            watched = (urlsplit(endpoint_url).port or 0, stopping, died)
            threading.Thread(target=_watch_engine, args=watched, daemon=True).start()
        config = uvicorn.Config(
            "roundtrip_devtools.worker:create_app",
            factory=True,
            interface="asgi3",
            lifespan="off",
            ws="none",
            reload=True,
            reload_dirs=[str(project.service_dir)],
            timeout_graceful_shutdown=5,
            log_config=_LOGGING,
            server_header=False,
        )
        # Its signal handlers stay in place afterwards: a second Ctrl-C does not keep an engine
        # from saving its data.
        _Supervisor(config, target=uvicorn.Server(config).run, sockets=[listener]).run()
        stopping.set()
        if died.is_set():
            raise EngineError(options.engine, "it ended while the server was running")
        print("Stopped.", flush=True)


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # From now on the port is ours, and requests wait for the code to be loaded instead of being
    # refused.
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Without it each answer waits some 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError as error:
            raise PortTaken(HOST, port) from error
        listener.set_inheritable(True)
        yield listener


def _watch_engine(port: int, stopping: threading.Event, died: threading.Event) -> None:
    """Stop the server when its engine has ended: it must not look as if it could write."""
    while not stopping.wait(1):
        try:
            socket.create_connection((HOST, port), timeout=60).close()
        except OSError:
            if not stopping.is_set():
                died.set()
                os.kill(os.getpid(), signal.SIGTERM)
            return


class _Supervisor(WatchFilesReload):
    """Reloads on changes, and replaces a worker that was killed."""

    def should_restart(self) -> list[Path] | None:
        exit_code = self.process.exitcode
        # A worker that ended by itself said why, and waits for better code.
        if exit_code is not None and exit_code < 0:
            message = f"The server's worker was killed (signal {-exit_code}); starting another."
            print(message, file=sys.stderr, flush=True)
            self.restart()
        return super().should_restart()
