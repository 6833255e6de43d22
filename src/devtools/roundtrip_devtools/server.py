"""The dev server: an engine, the table, the API on the loopback interface, reload on changes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
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

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip_devtools.authmode import AuthMode
    from roundtrip_devtools.project import Project

HOST = "127.0.0.1"

_STOP_GRACE_S = 5
_CONNECT_TIMEOUT_S = 60
_WATCH_PAUSE_S = 1.0

_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(message)s"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "stream": "ext://sys.stderr",
        }
    },
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "uvicorn.access": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """What to serve, and where.

    Parameters
    ----------
    port : int
        The API's port.
    engine : str
        The local engine's name, unless there is an `endpoint_url`.
    endpoint_url : str or None
        A DynamoDB that is running already; None: start the engine.
    fresh : bool
        Forget the engine's data first.
    auth_mode : str
        Who may call.
    """

    port: int
    engine: str
    endpoint_url: str | None = None
    fresh: bool = False
    auth_mode: AuthMode = "NONE"


def serve(project: Project, options: ServerOptions) -> None:
    """Serve until SIGINT or SIGTERM, and then leave nothing running.

    Parameters
    ----------
    project : Project
        Whose function is served, and who keeps the engine's data.
    options : ServerOptions
        Which engine, and where.

    Raises
    ------
    DevtoolsError
        Something it needs is missing, taken or unreachable.
    KeyboardInterrupt
        It was stopped before it was up.
    """
    # Until the server is up both ways of stopping it unwind the stack, which stops the engine. What
    # a script starts in the background is born without the first one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    template = Template(project.template)
    definition = table_definition(template)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listening(options.port))
        endpoint_url = options.endpoint_url or stack.enter_context(_engine(project, options))
        os.environ.update(
            environment := handler_environment(
                os.environ,
                template.function(),
                endpoint_url=endpoint_url,
                own_engine=options.endpoint_url is None,
                auth_mode=options.auth_mode,
            )
        )
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        ensure_table(_client(endpoint_url), definition, TABLE_NAME)
        _announce_when_ready(project, options, endpoint_url)
        engine = _EngineWatch(endpoint_url)
        if options.endpoint_url is None:
            engine.start()
        _run(project, listener)
        engine.stopping.set()
        if engine.died.is_set():
            raise EngineError(options.engine, "it ended while the server was running")
        print("Stopped.", flush=True)


def _announce_when_ready(project: Project, options: ServerOptions, endpoint_url: str) -> None:
    url = f"http://{HOST}:{options.port}"
    access = start_access(options.auth_mode, os.environ, url=url, state_dir=project.state_dir)
    database = endpoint_url if options.endpoint_url else f"{options.engine} at {endpoint_url}"
    announcer = threading.Thread(
        target=announce,
        args=(url,),
        kwargs={
            "database": database,
            "access": access,
            "stores_file": stores_file(project),
        },
        name="announcer",
        daemon=True,
    )
    announcer.start()


class _EngineWatch(threading.Thread):
    """Stops the server when its engine is gone: what cannot be written must not look served."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(name="engine watch", daemon=True)
        self._address = (HOST, urlsplit(endpoint_url).port or 0)
        self.stopping = threading.Event()
        self.died = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(_WATCH_PAUSE_S):
            try:
                socket.create_connection(self._address, timeout=_CONNECT_TIMEOUT_S).close()
            except OSError:
                if not self.stopping.is_set():
                    self.died.set()
                    os.kill(os.getpid(), signal.SIGTERM)
                return


class _Supervisor(WatchFilesReload):
    """Reloads on changes, and replaces a worker that was killed."""

    def should_restart(self) -> list[Path] | None:
        exit_code = self.process.exitcode
        # One that ended by itself said why, and waits for better code.
        if exit_code is not None and exit_code < 0:
            print(
                f"The server's worker was killed (signal {-exit_code}); starting another.",
                file=sys.stderr,
                flush=True,
            )
            self.restart()
        return super().should_restart()


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # Listening from now on: the port is ours before anything else is started, and requests that
    # come while the code is being loaded wait instead of being refused.
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


@contextlib.contextmanager
def _engine(project: Project, options: ServerOptions) -> Iterator[str]:
    data_dir = project.state_dir / options.engine
    if options.fresh:
        forget(options.engine, data_dir)
    with ENGINES[options.engine](data_dir) as endpoint_url:
        yield endpoint_url


def _client(endpoint_url: str) -> DynamoDBClient:
    config = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2})
    with clear_errors(endpoint_url):
        # Configured by the environment alone, like the handler's own.
        return boto3.client("dynamodb", config=config)


def _run(project: Project, listener: socket.socket) -> None:
    config = uvicorn.Config(
        "roundtrip_devtools.worker:create_app",
        factory=True,
        interface="asgi3",
        lifespan="off",
        ws="none",
        reload=True,
        reload_dirs=[str(project.service_dir)],
        timeout_graceful_shutdown=_STOP_GRACE_S,
        log_config=_LOGGING,
        server_header=False,
    )
    # Its signal handlers stay in place afterwards: a second Ctrl-C does not keep an engine from
    # saving its data.
    _Supervisor(config, target=uvicorn.Server(config).run, sockets=[listener]).run()
