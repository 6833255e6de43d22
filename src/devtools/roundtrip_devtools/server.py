"""The dev server: an engine, the table, the API on the loopback interface, reload on changes."""

import contextlib
import json
import logging
import os
import shlex
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import uvicorn
from botocore.config import Config
from uvicorn.supervisors.watchfilesreload import WatchFilesReload

from roundtrip_devtools.access import USERS, Access, start_access
from roundtrip_devtools.devdatabase import DevDatabase, announced
from roundtrip_devtools.engines import ENGINES
from roundtrip_devtools.engines.datadir import forget
from roundtrip_devtools.environment import (
    DEVTOOLS_VARIABLE,
    LOCAL_REGION,
    STREAM_VARIABLE,
    TABLE_NAME,
    handler_environment,
)
from roundtrip_devtools.errors import EngineError, PortTaken
from roundtrip_devtools.following import sockets
from roundtrip_devtools.loopback import LOOPBACK, ask
from roundtrip_devtools.origins import pass_origins
from roundtrip_devtools.project import Project, stores_file
from roundtrip_devtools.table import (
    clear_errors,
    ensure_stream,
    ensure_table,
    table_definition,
)
from roundtrip_devtools.template import AuthMode, Template

_DOCUMENT: Final = "/openapi.json"
_HEALTH: Final = "/health"


class _WithoutPolls(logging.Filter):
    """Drops the requests of an open page for its panel of listeners: one a second."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line of the access log is printed."""
        return "/_roundtrip/listeners " not in record.getMessage()


_LOGGING: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without polls": {"()": _WithoutPolls}},
    "formatters": {"plain": {"format": "%(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "uvicorn.access": {
            "handlers": ["stderr"],
            "level": "INFO",
            "propagate": False,
            "filters": ["without polls"],
        },
    },
}


def serve(
    project: Project,
    *,
    port: int,
    engine: str,
    endpoint_url: str | None,
    fresh: bool,
    auth_mode: AuthMode,
    origins: Collection[str],
    devtools: str | None,
) -> None:
    """Serve a project's function until SIGINT or SIGTERM, and then leave nothing running.

    With an endpoint URL no engine is started. Besides the server's own page, those of the origins
    may call. `devtools` is the host and port of Redux DevTools, if they shall show the streams.

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
        listener = stack.enter_context(_listen(port))
        database, own_engine = endpoint_url, endpoint_url is None
        if endpoint_url is None:
            data_dir = project.state_dir / engine
            if fresh:
                forget(engine, data_dir)
                shutil.rmtree(project.state_dir / "analysis", ignore_errors=True)
            endpoint_url = stack.enter_context(ENGINES[engine](data_dir))
            database = f"{engine} at {endpoint_url}"
        environment = handler_environment(
            os.environ,
            template.function(),
            endpoint_url=endpoint_url,
            own_engine=own_engine,
            auth_mode=auth_mode,
        )
        os.environ.clear()
        os.environ.update(environment)
        with clear_errors(endpoint_url):
            # Configured by the environment alone, like the handler's own client.
            patience = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2})
            client = boto3.client("dynamodb", config=patience)
        ensure_table(client, definition, TABLE_NAME)
        where = DevDatabase(endpoint_url, own_engine)
        stack.enter_context(announced(project.state_dir, where))
        url = f"http://{LOOPBACK}:{port}"
        access = start_access(auth_mode, os.environ, url=url, state_dir=project.state_dir)
        pass_origins(origins, os.environ)
        os.environ[DEVTOOLS_VARIABLE] = devtools or ""
        if project.has_followers():
            with clear_errors(endpoint_url):
                os.environ[STREAM_VARIABLE] = ensure_stream(client, TABLE_NAME)
            os.environ["SOCKETS_URL"] = f"ws://{LOOPBACK}:{port}{sockets.PATH}"
        _run_beside(announce, port, database, access, stores_file(project))
        config = uvicorn.Config(
            "roundtrip_devtools.worker:create_app",
            factory=True,
            interface="asgi3",
            lifespan="on",
            ws="websockets-sansio",
            ws_max_size=sockets.FRAME_LIMIT_BYTES,
            ws_per_message_deflate=False,  # API Gateway has none.
            reload=True,
            reload_dirs=[str(project.service_dir)],
            timeout_graceful_shutdown=5,
            log_config=_LOGGING,
            server_header=False,
        )
        supervisor = _Supervisor(config, uvicorn.Server(config).run, [listener])
        if own_engine:
            _run_beside(supervisor.watch_engine, urlsplit(endpoint_url).port)
        # Its signal handlers stay in place afterwards: a second Ctrl-C does not keep an engine
        # from saving its data.
        supervisor.run()
        if supervisor.engine_ended:
            raise EngineError(engine, "it ended while the server was running")
        print("Stopped.", flush=True)


def _listen(port: int) -> socket.socket:
    # From now on the port is ours, and requests wait for the code to be loaded instead of being
    # refused.
    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise PortTaken(LOOPBACK, port) from error
    # Without it each answer waits some 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _run_beside(function: Callable[..., None], *arguments: Any) -> None:
    threading.Thread(target=function, args=arguments, daemon=True).start()


class _Supervisor(WatchFilesReload):
    """Reloads on changes, and replaces a worker that was killed."""

    engine_ended = False

    def watch_engine(self, port: int) -> None:
        """Stop the server when its engine has ended: it must not look as if it could write."""
        while not self.should_exit.wait(1):
            try:
                socket.create_connection((LOOPBACK, port), timeout=60).close()
            except OSError:
                self.engine_ended = not self.should_exit.is_set()
                self.should_exit.set()

    def should_restart(self) -> list[Path] | None:
        exit_code = self.process.exitcode
        # A worker that ended by itself said why, and waits for better code.
        if exit_code is not None and exit_code < 0:
            _complain(f"The server's worker was killed (signal {-exit_code}); starting another.")
            self.restart()
        return super().should_restart()


def announce(port: int, database: str, access: Access, stores: Path) -> None:
    """Print that the server is ready, once it is: its URL, who may call, and a command to try."""
    url = f"http://{LOOPBACK}:{port}"
    complained = False
    while (status := _get(port, _HEALTH)[0]) != HTTPStatus.OK:
        if not complained:
            answer = f"answers {status}" if status else "does not answer"
            _complain(f"Not ready: {url}{_HEALTH} {answer}; the cause is above.")
            complained = True
        time.sleep(1)
    status, document = _get(port, _DOCUMENT, access.authorization(USERS[0]))
    path, hints = _HEALTH, []
    if status == HTTPStatus.OK:
        path, paths = first_list(document)
        if not any(path.startswith("/stores/") for path in paths):
            hints = [f"  The application has no stores yet: add one to STORES in {stores}"]
    else:
        _complain(
            f"{url}{_DOCUMENT} answers {status}: the document of this API cannot be made; "
            "the log has the cause."
        )
    callers, command = _callers(url + path, access)
    ready = f"\nRoundtrip is ready: {url}  (DynamoDB: {database}; Ctrl-C stops)"
    parts = [ready, f"  {url}/ is a page to see it", *callers, *hints, f"  {command}\n"]
    print("\n\n".join(parts), flush=True)


def first_list(document: bytes) -> tuple[str, dict[str, Any]]:
    """Return the path of the first list in an OpenAPI document, or the document's; all paths."""
    paths: dict[str, Any] = {}
    with contextlib.suppress(ValueError, KeyError):
        paths = json.loads(document)["paths"]
    lists = (path for path, methods in paths.items() if "get" in methods and "{" not in path)
    return next((path for path in lists if path not in {_HEALTH, _DOCUMENT}), _DOCUMENT), paths


def _callers(url: str, access: Access) -> tuple[list[str], str]:
    """Return the lines about the callers, and a command of one of them."""
    user = USERS[0]
    match access.mode:
        case "JWT":
            users = ", ".join(f"{name} of {tenant}" for name, tenant in access.tenants.items())
            lines = [f"  Callers need a token (AUTH_MODE JWT). Users: {users}"]
            token = f"$({_own_command()} token {user.name})"
            return lines, f'curl {url} -H "Authorization: Bearer {token}"'
        case "IAM":
            keys = [
                f"\n    {one.name}: AWS_ACCESS_KEY_ID={one.access_key} "
                f"AWS_SECRET_ACCESS_KEY={one.secret_key} AWS_REGION={LOCAL_REGION}"
                for one in USERS
            ]
            lines = [f"  Callers sign their requests (AUTH_MODE IAM). Users:{''.join(keys)}"]
            signing = f"--aws-sigv4 aws:amz:{LOCAL_REGION}:execute-api"
            return lines, f"curl {url} {signing} --user {user.access_key}:{user.secret_key}"
        case "NONE":
            return [], f"curl {url}"


def _own_command() -> str:
    """Return how a shell in the project's folder runs these tools."""
    here, python = Path.cwd(), Path(sys.executable)
    script = python.with_name("roundtrip")
    program = script if script.exists() else python
    nearby = program.relative_to(here) if program.is_relative_to(here) else program
    words = [nearby] if program == script else [nearby, "-m", "roundtrip_devtools"]
    if program == python and (sources := os.environ.get("PYTHONPATH")):
        words = ["env", f"PYTHONPATH={sources}", *words]
    return shlex.join(map(str, words))


def _complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _get(port: int, path: str, authorization: str | None = None) -> tuple[int | None, bytes]:
    headers = {"Authorization": authorization} if authorization else {}
    try:
        return ask(port, "GET", path, timeout_s=60, headers=headers)
    except OSError:
        return None, b""
