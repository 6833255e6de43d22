"""``sam local start-api`` with everything that it needs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.build import build, packages
from roundtrip_devtools.engines.datadir import locked
from roundtrip_devtools.engines.emulator import NAME
from roundtrip_devtools.errors import SamError
from roundtrip_devtools.guarded import GuardedProcess
from roundtrip_devtools.loopback import LOOPBACK, ask, require_free
from roundtrip_devtools.samcli import Sam
from roundtrip_devtools.samlocal.database import data_dir, database
from roundtrip_devtools.samlocal.docker import fetch
from roundtrip_devtools.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip_devtools.project import Project
    from roundtrip_devtools.samlocal.docker import Docker

# Time for sam to remove its containers.
_GRACE_S: Final = 30.0
_POLL_S: Final = 0.1
_WATCH_PAUSE_S: Final = 1.0
# The first request also waits for sam to make its image.
_FIRST_ANSWER_TIMEOUT_S: Final = 300.0
_STREAMS_PATH: Final = re.compile(r"/stores/[^/{}]+")
_DROPPED: Final = ("AWS_", "SAM_", "PYTHON", "MAKE", "MFLAGS")


@dataclass(frozen=True, kw_only=True)
class SamLocalOptions:
    """The options of ``roundtrip sam-local``."""

    port: int
    endpoint_url: str | None = None
    fresh: bool = False


def serve(docker: Docker, project: Project, options: SamLocalOptions) -> None:
    """Build the function for the processor of Docker and serve it until it is interrupted.

    Afterwards no process and no container is left.
    """
    require_free(options.port)
    if options.endpoint_url is None:
        # Tell now, before the build, that another process uses the data.
        with locked(NAME, data_dir(project)):
            pass
    sam_cli = Sam(sam_environment(os.environ))
    template = Template(project.template)
    runtime = template.runtime()
    complete = fetch(docker, runtime)
    # Not the folder that sam deploy takes: that package may be for another processor.
    build_dir = project.root / ".aws-sam" / "local"
    build(sam_cli, project, architecture=docker.architecture, build_dir=build_dir)
    with database(docker, project, endpoint_url=options.endpoint_url, fresh=options.fresh) as one:
        # Options that are missing here come from samconfig.toml, as for the plain command. A list
        # of parameters on the command line replaces that of the profile.
        command: list[str | os.PathLike[str]] = [
            *(sam_cli.program, "local", "start-api"),
            *("--template-file", build_dir / "template.yaml"),
            *("--config-file", project.samconfig),
            *("--host", LOOPBACK, "--port", str(options.port)),
            "--parameter-overrides",
            f"Architecture={docker.architecture}",
            "AuthMode=NONE",
            f"DynamoDbEndpoint={one.container_url}",
            *(["--skip-pull-image"] if complete else []),
        ]
        sam = GuardedProcess(
            command,
            environment={**sam_cli.environ, "DOCKER_HOST": docker.host},
            cwd=project.root,
            grace_s=_GRACE_S,
        )
        try:
            while not _listens(options.port):
                _require_running(sam)
                time.sleep(_POLL_S)
            _require_answers(options.port, one.container_url)
            print(
                f"\nRoundtrip is ready: http://{LOOPBACK}:{options.port}  (sam local, "
                f"{runtime} on {docker.architecture}; DynamoDB: {one.url}; Ctrl-C stops)\n",
                flush=True,
            )
            while True:
                time.sleep(_WATCH_PAUSE_S)
                _require_running(sam)
                one.require_running()
        finally:
            # A second signal must not interrupt the cleaning up.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            print("Stopping ...", flush=True)
            sam.stop()
            for package in packages(build_dir):
                docker.remove_containers_of(package)


def sam_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for sam local, without the AWS account or Python of the developer."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_DROPPED)}
    return kept | {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        # With credentials sam would ask AWS who they belong to, and give them to the function.
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _require_running(sam: GuardedProcess) -> None:
    if sam.exit_code is not None:
        reason = f"sam local start-api ended (exit code {sam.exit_code}); its output is above"
        raise SamError(reason)


def _require_answers(port: int, container_url: str) -> None:
    """Require that the function answers, and that it reaches DynamoDB."""
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
    try:
        status, body = ask(port, "GET", path, timeout_s=_FIRST_ANSWER_TIMEOUT_S)
        document: dict[str, Any] = json.loads(body)
    except (OSError, ValueError) as error:
        raise SamError(f"{reason} (GET {path}: {error})") from error
    # sam forwards the report of a crash with status 200.
    if status != HTTPStatus.OK or "errorMessage" in document:
        raise SamError(f"{reason} (GET {path}: status {status})")
    return document
