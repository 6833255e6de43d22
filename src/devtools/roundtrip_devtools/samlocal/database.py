"""The DynamoDB of functions that run in containers."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from roundtrip_devtools.engines import dynamodb_local
from roundtrip_devtools.engines.datadir import forget, locked
from roundtrip_devtools.engines.emulator import NAME
from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import DockerError, EngineError, SettingError
from roundtrip_devtools.samlocal.bridge import LOOPBACK, forwarded
from roundtrip_devtools.table import ensure_table, table_definition
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

    from roundtrip_devtools.project import Project
    from roundtrip_devtools.samlocal.docker import Bridge, Docker

TABLE_NAME = "Table"
"""What sam local takes ``!Ref Table`` for: the logical id."""

HOST_NAME = "host.docker.internal"
"""This machine, as a container calls it."""

# What sam gives to a container when it finds no credentials; engines may keep data apart by them.
_REGION = "us-east-1"
_ACCESS_KEY_ID = "defaultkey"
_SECRET_ACCESS_KEY = "defaultsecret"  # noqa: S105  sam's, and no secret
_CONNECT_TIMEOUT_S = 5.0
_WATCH_PAUSE_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Database:
    """A DynamoDB with the table.

    Parameters
    ----------
    url : str
        Its endpoint for programs on this machine.
    container_url : str
        The same, for containers.
    """

    url: str
    container_url: str

    def require_running(self) -> None:
        """Require that somebody listens.

        Raises
        ------
        EngineError
            Nobody does.
        """
        parts = urlsplit(self.url)
        try:
            address = (parts.hostname or "", parts.port or 80)
            socket.create_connection(address, timeout=_CONNECT_TIMEOUT_S).close()
        except OSError as error:
            raise EngineError(NAME, f"{self.url} has stopped answering ({error})") from error


@contextlib.contextmanager
def database(
    docker: Docker,
    project: Project,
    *,
    endpoint_url: str | None = None,
    port: int | None = None,
    fresh: bool = False,
) -> Iterator[Database]:
    """Run DynamoDB Local, or use a DynamoDB that runs already, and create the table.

    Parameters
    ----------
    docker : Docker
        Runs the containers.
    project : Project
        Whose template defines the table, and who keeps DynamoDB Local's data.
    endpoint_url : str, optional
        The DynamoDB to use; None: run DynamoDB Local, with its data under ``.roundtrip/``.
    port : int, optional
        The port for the containers, and that of DynamoDB Local; None: any free one.
    fresh : bool
        Forget DynamoDB Local's data first.

    Yields
    ------
    Database
        With the table.

    Raises
    ------
    DevtoolsError
        It could not be started, used, or made reachable.
    """
    with contextlib.ExitStack() as stack:
        if endpoint_url is None:
            data_dir = _data_dir(project)
            if fresh:
                forget(NAME, data_dir)
            url = stack.enter_context(dynamodb_local(data_dir, port=port))
        else:
            url = _checked(endpoint_url)
        ensure_table(_client(url), table_definition(Template(project.template)), TABLE_NAME)
        yield Database(url=url, container_url=stack.enter_context(_reachable(docker, url, port)))


def require_free_data(project: Project) -> None:
    """Require that nobody has the data of DynamoDB Local in use, before anything long is done.

    Parameters
    ----------
    project : Project
        Whose data.

    Raises
    ------
    EngineError
        Another process has.
    """
    with locked(NAME, _data_dir(project)):
        pass


def serve_database(docker: Docker, project: Project, *, port: int, fresh: bool) -> None:
    """Run DynamoDB Local for a ``sam local`` that somebody else starts, until SIGINT or SIGTERM.

    Parameters
    ----------
    docker : Docker
        Runs the containers.
    project : Project
        Whose template defines the table, and who keeps the data.
    port : int
        The port, for the containers and on the loopback interface.
    fresh : bool
        Forget its data first.

    Raises
    ------
    DevtoolsError
        It could not be started or made reachable, or it ended.
    KeyboardInterrupt
        It was stopped.
    """
    with database(docker, project, port=port, fresh=fresh) as one:
        print(
            f"DynamoDB Local is ready: {one.url}  (for containers {one.container_url}; "
            f"table {TABLE_NAME}; Ctrl-C stops)",
            flush=True,
        )
        while True:
            time.sleep(_WATCH_PAUSE_S)
            one.require_running()


def _data_dir(project: Project) -> Path:
    return project.state_dir / "sam-local"


@contextlib.contextmanager
def _reachable(docker: Docker, url: str, port: int | None) -> Iterator[str]:
    """Yield what containers have to call a URL."""
    if not is_loopback(url):
        yield url
        return
    own_port = urlsplit(url).port or 80
    bridge = docker.bridge()
    if bridge is not None and _is_own(bridge):
        with forwarded(bridge, own_port, port=port or 0) as chosen:
            yield f"http://{HOST_NAME}:{chosen}"
    elif docker.rootless:
        raise DockerError(
            f"it is rootless, so that its containers cannot reach {url}; give an ENDPOINT_URL "
            "that they can reach"
        )
    else:
        # Docker Desktop and its like lead the name to this machine's loopback interface.
        yield f"http://{HOST_NAME}:{own_port}"


def _is_own(bridge: Bridge) -> bool:
    """Whether the gateway's address is one of this machine, and not one inside a virtual one."""
    with socket.socket() as probe:
        try:
            probe.bind((bridge.gateway, 0))
        except OSError:
            return False
    return True


def _checked(endpoint_url: str) -> str:
    """Return a URL that the template's parameter DynamoDbEndpoint can hold."""
    try:
        parts = urlsplit(endpoint_url)
        whole = f"http://{parts.hostname}:{parts.port}" if parts.hostname and parts.port else ""
    except ValueError:
        whole = ""
    if not whole or whole != endpoint_url.rstrip("/").lower():
        expected = f"a URL such as http://{LOOPBACK}:8000"
        raise SettingError("--endpoint-url", expected=expected, value=endpoint_url)
    return whole


def _client(url: str) -> DynamoDBClient:
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=_REGION,
        aws_access_key_id=_ACCESS_KEY_ID,
        aws_secret_access_key=_SECRET_ACCESS_KEY,
        config=Config(
            connect_timeout=_CONNECT_TIMEOUT_S, read_timeout=30, retries={"total_max_attempts": 2}
        ),
    )
