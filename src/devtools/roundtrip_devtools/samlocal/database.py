"""The DynamoDB of functions that run in containers."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from roundtrip_devtools.engines import dynamodb_local
from roundtrip_devtools.engines.datadir import forget
from roundtrip_devtools.engines.emulator import NAME
from roundtrip_devtools.environment import is_loopback
from roundtrip_devtools.errors import DockerError, EngineError, SettingError
from roundtrip_devtools.loopback import LOOPBACK
from roundtrip_devtools.samlocal.bridge import forwarded
from roundtrip_devtools.table import ensure_table, table_definition
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundtrip_devtools.project import Project
    from roundtrip_devtools.samlocal.docker import Bridge, Docker

TABLE_NAME: Final = "Table"
"""The value of ``!Ref Table`` in sam local: the logical id."""

HOST_NAME: Final = "host.docker.internal"
"""The name of this machine in a container."""

_CONNECT_TIMEOUT_S: Final = 5.0
_WATCH_PAUSE_S: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Database:
    """The endpoints of a DynamoDB, for programs on this machine and for containers."""

    url: str
    container_url: str

    def require_running(self) -> None:
        """Raise `EngineError` if nothing listens there any more."""
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
    """Run DynamoDB Local, or use a DynamoDB that is running already, and create the table.

    DynamoDB Local keeps its data under ``.roundtrip/`` of the project; `fresh` deletes them first.
    It has the same `port` for containers and for this machine, if one is given.
    """
    with contextlib.ExitStack() as stack:
        if endpoint_url is None:
            if fresh:
                forget(NAME, data_dir(project))
            url = stack.enter_context(dynamodb_local(data_dir(project), port=port))
        else:
            url = _checked(endpoint_url)
        config = Config(
            connect_timeout=_CONNECT_TIMEOUT_S, read_timeout=30, retries={"total_max_attempts": 2}
        )
        client = boto3.client(
            "dynamodb",
            endpoint_url=url,
            config=config,
            # sam gives these to a container when it finds no credentials; engines may keep data
            # apart by them.
            region_name="us-east-1",
            aws_access_key_id="defaultkey",
            aws_secret_access_key="defaultsecret",  # noqa: S106  no secret
        )
        ensure_table(client, table_definition(Template(project.template)), TABLE_NAME)
        yield Database(url=url, container_url=stack.enter_context(_reachable(docker, url, port)))


def data_dir(project: Project) -> Path:
    """Return the data directory of DynamoDB Local."""
    return project.state_dir / "sam-local"


def serve_database(docker: Docker, project: Project, *, port: int, fresh: bool) -> None:
    """Run DynamoDB Local for a ``sam local`` that somebody else starts, until interrupted."""
    with database(docker, project, port=port, fresh=fresh) as one:
        print(
            f"DynamoDB Local is ready: {one.url}  (for containers {one.container_url}; "
            f"table {TABLE_NAME}; Ctrl-C stops)",
            flush=True,
        )
        while True:
            time.sleep(_WATCH_PAUSE_S)
            one.require_running()


@contextlib.contextmanager
def _reachable(docker: Docker, url: str, port: int | None) -> Iterator[str]:
    """Make a URL reachable from containers, for a ``with`` block that gets their URL for it."""
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
            f"it is rootless, so its containers cannot reach {url}; give an ENDPOINT_URL that "
            "they can reach"
        )
    else:
        # Docker Desktop and the like route the name to the loopback interface of this machine.
        yield f"http://{HOST_NAME}:{own_port}"


def _is_own(bridge: Bridge) -> bool:
    """Whether the gateway is an address of this machine, and not of a virtual machine."""
    with socket.socket() as probe:
        try:
            probe.bind((bridge.gateway, 0))
        except OSError:
            return False
    return True


def _checked(endpoint_url: str) -> str:
    """Return a URL that the template's parameter DynamoDbEndpoint accepts."""
    try:
        parts = urlsplit(endpoint_url)
        whole = f"http://{parts.hostname}:{parts.port}" if parts.hostname and parts.port else ""
    except ValueError:
        whole = ""
    if not whole or whole != endpoint_url.rstrip("/").lower():
        expected = f"a URL such as http://{LOOPBACK}:8000"
        raise SettingError("--endpoint-url", expected=expected, value=endpoint_url)
    return whole
