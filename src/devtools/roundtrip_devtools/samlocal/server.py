"""``sam local start-api`` with all that it needs."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.build import build
from roundtrip_devtools.errors import PortTaken, SamError
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.samcli import Sam
from roundtrip_devtools.samlocal.bridge import LOOPBACK
from roundtrip_devtools.samlocal.database import database, require_free_data
from roundtrip_devtools.samlocal.image import RuntimeImage, fetch
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from roundtrip_devtools.project import Project
    from roundtrip_devtools.samlocal.database import Database
    from roundtrip_devtools.samlocal.docker import Docker

# sam removes its containers in that time.
_GRACE_S = 30.0
_POLL_S = 0.1
_WATCH_PAUSE_S = 1.0
# The first request also waits for sam to make its image.
_FIRST_ANSWER_TIMEOUT_S = 300.0
_STREAMS_PATH = re.compile(r"/stores/[^/{}]+")
_DROPPED = ("AWS_", "SAM_", "PYTHON", "MAKE", "MFLAGS")


@dataclass(frozen=True, kw_only=True)
class SamLocalOptions:
    """What to serve, and where.

    Parameters
    ----------
    port : int
        The API's port.
    endpoint_url : str or None
        A DynamoDB that is running already; None: run DynamoDB Local.
    fresh : bool
        Forget DynamoDB Local's data first.
    """

    port: int
    endpoint_url: str | None = None
    fresh: bool = False


def serve(docker: Docker, project: Project, options: SamLocalOptions) -> None:
    """Build the function for Docker's processor and serve it until SIGINT or SIGTERM.

    Nothing of it is left running then, containers included.

    Parameters
    ----------
    docker : Docker
        Runs the containers.
    project : Project
        Whose function is served, and who keeps DynamoDB Local's data.
    options : SamLocalOptions
        What to serve, and where.

    Raises
    ------
    DevtoolsError
        Something it needs is missing, taken or unreachable, or failed.
    KeyboardInterrupt
        It was stopped.
    """
    _require_free(options.port)
    if options.endpoint_url is None:
        require_free_data(project)
    sam_cli = Sam(sam_environment(os.environ))
    runtime = Template(project.template).runtime()
    image = RuntimeImage(runtime=runtime, architecture=docker.architecture)
    complete = fetch(docker, image)
    build_dir = _build_dir(project)
    build(sam_cli, project, architecture=docker.architecture, build_dir=build_dir)
    api = _StartApi(sam=sam_cli, docker=docker, project=project, complete=complete)
    with (
        database(docker, project, endpoint_url=options.endpoint_url, fresh=options.fresh) as one,
        api.serving(options.port, one) as sam,
    ):
        _wait_until_it_listens(sam, options.port)
        _require_answers(options.port, one.container_url)
        print(
            f"\nRoundtrip is ready: http://{LOOPBACK}:{options.port}  "
            f"(sam local, {runtime} on {image.architecture}; DynamoDB: {one.url}; Ctrl-C stops)\n",
            flush=True,
        )
        while True:
            time.sleep(_WATCH_PAUSE_S)
            _require_running(sam)
            one.require_running()


def _build_dir(project: Project) -> Path:
    # Not where sam build puts what sam deploy takes: that may be for another processor.
    return project.root / ".aws-sam" / "local"


@dataclass(frozen=True, kw_only=True)
class _StartApi:
    """``sam local start-api``; `complete`: it needs no registry."""

    sam: Sam
    docker: Docker
    project: Project
    complete: bool

    @contextlib.contextmanager
    def serving(self, port: int, one: Database) -> Iterator[GuardedProcess]:
        """Run it for a ``with`` block."""
        build_dir = _build_dir(self.project)
        # What is not said here comes from samconfig.toml, as for the plain command. A list of
        # parameters on the command line replaces that of the profile.
        argv: list[str | os.PathLike[str]] = [
            *(self.sam.program, "local", "start-api"),
            *("--template-file", build_dir / "template.yaml"),
            *("--config-file", self.project.samconfig),
            *("--host", LOOPBACK, "--port", str(port)),
            "--parameter-overrides",
            f"Architecture={self.docker.architecture}",
            "AuthMode=NONE",
            f"DynamoDbEndpoint={one.container_url}",
            *(["--skip-pull-image"] if self.complete else []),
        ]
        sam = GuardedProcess(
            argv,
            environment={**self.sam.environ, "DOCKER_HOST": self.docker.host},
            cwd=self.project.root,
            grace_s=_GRACE_S,
        )
        try:
            yield sam
        finally:
            # Being interrupted once is enough to stop, and twice must not keep it from cleaning up.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            print("Stopping ...", flush=True)
            sam.stop()
            for function in Template(self.project.template).function_ids():
                self.docker.remove_containers_of(build_dir / function)


def sam_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for sam local, without the developer's AWS account or Python."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_DROPPED)}
    return kept | {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        # With credentials sam would ask AWS whose they are, and hand them to the function.
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(LOOPBACK, port) from error


def _require_running(sam: GuardedProcess) -> None:
    if sam.exit_code is not None:
        reason = f"sam local start-api ended (exit code {sam.exit_code}); what it said is above"
        raise SamError(reason)


def _wait_until_it_listens(sam: GuardedProcess, port: int) -> None:
    while not _listens(port):
        _require_running(sam)
        time.sleep(_POLL_S)


def _require_answers(port: int, container_url: str) -> None:
    """Require that the function answers, also what it has to ask DynamoDB for."""
    reason = "the function does not answer; its log is above"
    _require_ok(port, "/health", reason)
    document = _require_ok(port, "/openapi.json", reason)
    path = next((one for one in document["paths"] if _STREAMS_PATH.fullmatch(one)), None)
    if path is not None:
        reason = f"the function does not reach DynamoDB at {container_url}"
        _require_ok(port, path, f"{reason}; does a firewall keep containers from this machine?")


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _require_ok(port: int, path: str, reason: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_FIRST_ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        document = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SamError(f"{reason} (GET {path}: {error})") from error
    finally:
        connection.close()
    # sam sends on what Lambda says of a crash, with status 200.
    if answer.status != HTTPStatus.OK or "errorMessage" in document:
        raise SamError(f"{reason} (GET {path}: status {answer.status})")
    return dict(document)
