"""``sam local start-api`` with all that it needs."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools import project
from roundtrip_devtools.errors import PortTaken, SamError
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.samlocal.bridge import LOOPBACK
from roundtrip_devtools.samlocal.database import database, require_free_data
from roundtrip_devtools.samlocal.image import RuntimeImage, fetch
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from roundtrip_devtools.samlocal.database import Database
    from roundtrip_devtools.samlocal.docker import Docker

# Not where sam build puts what sam deploy takes: that may be for another processor.
_BUILD_DIR = project.ROOT / ".aws-sam" / "local"
_SAM_BIN = project.ROOT / ".venv-sam" / "bin"
_FUNCTION = "Function"
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


def serve(docker: Docker, options: SamLocalOptions) -> None:
    """Build the function for Docker's processor and serve it until SIGINT or SIGTERM.

    Nothing of it is left running then, containers included.

    Parameters
    ----------
    docker : Docker
        Runs the containers.
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
        require_free_data()
    runtime = Template(project.TEMPLATE).runtime()
    image = RuntimeImage(runtime=runtime, architecture=docker.architecture)
    complete = fetch(docker, image)
    _build(docker)
    with (
        database(docker, endpoint_url=options.endpoint_url, fresh=options.fresh) as one,
        _sam(docker, options, one, complete=complete) as sam,
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


def _build(docker: Docker) -> None:
    """Build by make, whose checks find what sam lets pass."""
    arguments = ("build", f"ARCH={docker.architecture}", f"BUILD_DIR={_BUILD_DIR}")
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=project.ROOT,
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise SamError(f"make {' '.join(arguments[:-1])} failed; what it said is above")


@contextlib.contextmanager
def _sam(
    docker: Docker, options: SamLocalOptions, one: Database, *, complete: bool
) -> Iterator[GuardedProcess]:
    # What is not said here comes from samconfig.toml, as for the plain command. A list of
    # parameters on the command line replaces that of the profile.
    argv: list[str | os.PathLike[str]] = [
        *(_SAM_BIN / "sam", "local", "start-api"),
        *("--template-file", _BUILD_DIR / "template.yaml"),
        *("--config-file", project.ROOT / "samconfig.toml"),
        *("--host", LOOPBACK, "--port", str(options.port)),
        "--parameter-overrides",
        f"Architecture={docker.architecture}",
        "AuthMode=NONE",
        f"DynamoDbEndpoint={one.container_url}",
        *(["--skip-pull-image"] if complete else []),
    ]
    sam = GuardedProcess(
        argv,
        environment={**_environment(os.environ), "DOCKER_HOST": docker.host},
        cwd=project.ROOT,
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
        docker.remove_containers_of(_BUILD_DIR / _FUNCTION)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of sam, without the developer's AWS account or Python."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_DROPPED)}
    return kept | {
        "PATH": f"{_SAM_BIN}{os.pathsep}{environ.get('PATH', os.defpath)}",
        "SAM_CLI_TELEMETRY": "0",
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
