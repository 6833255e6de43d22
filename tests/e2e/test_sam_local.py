"""The API in the real sam local, in containers; and the commands as a developer types them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from roundtrip_devtools.build import packages
from roundtrip_devtools.samlocal.docker import Docker
from roundtrip_devtools.smoke.cases import CASES
from tests import checkout
from tests.e2e.docker_daemon import NoDocker, docker_environment
from tests.e2e.projects import make_project_with_sam
from tests.e2e.rows import TABLE_NAME
from tests.e2e.rows_rules import check_rows
from tests.e2e.sam_image import runtime_image
from tests.e2e.targets import check, open_target, own_api, wait_until_it_listens
from tests.engines_fixtures import make_client
from tests.integration.processes import descendants, wait_until_gone
from tests.integration.test_dev_server import DEADLINE_S, environment, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.case import Case
    from roundtrip_devtools.smoke.run import Target
    from tests.e2e.sam_image import FoundImage
    from tests.integration.test_dev_server import DevServer

pytestmark = [pytest.mark.engine, pytest.mark.sam]

UNABLE = {
    "cors": "sam local answers preflights itself, and knows only the CORS settings of SAM's own "
    "API resources"
}
"""What sam local does not do."""

# The one in samconfig.toml.
DATABASE_PORT = 8000

_SAM = checkout.ROOT / ".venv-sam" / "bin" / "sam"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the tests run on."""

    docker: Docker
    image: FoundImage
    environ: dict[str, str]
    tree: Path

    @property
    def containers(self) -> list[str]:
        """The containers of the function, whichever build they run."""
        builds = [self.tree / ".aws-sam" / name for name in ("local", "build")]
        return [
            one
            for build in builds
            if build.exists()
            for package in packages(build)
            for one in self.docker.containers_of(package)
        ]


@pytest.fixture(scope="module")
def machine(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Machine]:
    with contextlib.ExitStack() as stack:
        try:
            whole = stack.enter_context(docker_environment())
        except NoDocker as error:
            if os.environ.get("REQUIRE_DOCKER"):
                pytest.fail(str(error), pytrace=False)
            say(request.config, f"NOT in sam local, only in its emulator above. {error}")
            pytest.skip("no Docker")
        docker = Docker(whole)
        image = stack.enter_context(runtime_image(docker, whole))
        say(request.config, f"sam local runs {image}.")
        tree = make_project_with_sam(
            tmp_path_factory.mktemp("sam") / "project", runtime=image.runtime
        )
        # As make has it: the tools find sam on the PATH.
        path = f"{_SAM.parent}{os.pathsep}{os.environ['PATH']}"
        environ = {"DOCKER_HOST": docker.host, "PATH": path}
        yield Machine(docker=docker, image=image, environ=environ, tree=tree)


def say(config: pytest.Config, line: str) -> None:
    """Print a line whatever is being captured, also from a process of pytest-xdist."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stderr.write(f"\n{line}\n")
        sys.stderr.flush()


@contextlib.contextmanager
def sam_local(machine: Machine, *arguments: str, **environ: str) -> Iterator[DevServer]:
    """Run what ``make sam-local`` runs."""
    with serving(machine.tree, "sam-local", *arguments, **machine.environ, **environ) as server:
        yield server


@contextlib.contextmanager
def database(machine: Machine, *arguments: str) -> Iterator[str]:
    """Run what ``make dynamodb`` runs; yield its URL."""
    with serving(machine.tree, "dynamodb", *arguments, **machine.environ) as one:
        yield one.url
        one.stop()


@pytest.fixture(scope="module")
def target(machine: Machine, dynamodb_local_endpoint: str) -> Iterator[Target]:
    with (
        sam_local(machine, "--endpoint-url", dynamodb_local_endpoint) as server,
        open_target(server.url, unable=UNABLE) as one,
    ):
        yield one
        # As a developer stops it; what containers say when they are stopped is sam's own business.
        family = descendants(server.process.pid)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(DEADLINE_S) == 0, server.output
        wait_until_gone(family)
    assert machine.containers == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, target: Target) -> None:
    check(case, target)


def test_the_rows_are_as_designed(target: Target, dynamodb_local_endpoint: str) -> None:
    with own_api(target, "salesOrders") as api:
        check_rows(api, make_client(dynamodb_local_endpoint))


@pytest.mark.usefixtures("target")
def test_warm_containers_are_kept(machine: Machine) -> None:
    assert len(machine.containers) == 1


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs Linux's /proc")
def test_a_killed_sam_leaves_no_container_and_loses_no_data(machine: Machine) -> None:
    with sam_local(machine) as server:
        assert len(machine.containers) == 1
        with open_target(server.url) as one:
            one.client.send("POST", "/contacts", {"name": "Ada"}).expect(201)
        family = descendants(server.process.pid)
        (sam,) = [pid for pid in family if is_sam(pid)]
        os.kill(sam, signal.SIGKILL)
        assert server.process.wait(DEADLINE_S) == 1
        assert "AWS SAM CLI: sam local start-api ended" in server.output
    wait_until_gone(family)
    assert machine.containers == []

    with database(machine, "--port", str(free_port())) as url:
        assert make_client(url).scan(TableName=TABLE_NAME)["Count"] == 2


def is_sam(pid: int) -> bool:
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return "start-api" in command and not any(part.endswith("guarded.py") for part in command)


def test_the_plain_commands(machine: Machine) -> None:
    """A SAM user's own: sam build, sam local start-api, with the defaults of samconfig.toml."""
    profile = {"x86_64": "x86", "arm64": "default"}[machine.docker.architecture]
    sam = str(_SAM)
    environ = environment(**machine.environ, SAM_CLI_TELEMETRY="0")
    del environ["PYTHONPATH"]
    port = str(free_port())
    subprocess.run(
        [sam, "build", "--config-env", profile],
        cwd=machine.tree,
        env=environ,
        check=True,
        timeout=DEADLINE_S,
    )
    arguments = ["--config-env", profile, "--port", port]
    # It is nowhere to be pulled from.
    arguments += ["--skip-pull-image"] if machine.image.stand_in else []
    with (
        # Without the data of the test above.
        database(machine, "--fresh") as database_url,
        subprocess.Popen(
            [sam, "local", "start-api", *arguments],
            cwd=machine.tree,
            env=environ,
            stdin=subprocess.DEVNULL,
        ) as serving_sam,
    ):
        assert database_url == f"http://127.0.0.1:{DATABASE_PORT}"
        assert make_client(database_url).scan(TableName=TABLE_NAME)["Count"] == 0
        try:
            wait_until_it_listens(int(port), serving_sam.poll)
            with open_target(f"http://127.0.0.1:{port}", unable=UNABLE) as one:
                for case in CASES:
                    if case.name in {"health", "create", "retry-with-a-key", "list-streams"}:
                        check(case, one)
        finally:
            serving_sam.terminate()
            serving_sam.wait(DEADLINE_S)
    assert machine.containers == []
