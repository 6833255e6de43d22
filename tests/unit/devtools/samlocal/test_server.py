from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.commands import sam_local
from roundtrip_devtools.engines import datadir
from roundtrip_devtools.errors import EngineError, PortTaken, SamError, ToolMissing
from roundtrip_devtools.loopback import free_port
from roundtrip_devtools.samlocal import server
from roundtrip_devtools.samlocal.server import SamLocalOptions, serve
from tests.benchmarks.recording import recording
from tests.unit.devtools.sam_program import copied, fake_sam
from tests.unit.devtools.samlocal.fake_docker import FakeDocker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundtrip_devtools.project import Project
    from tests.benchmarks.recording import Received

DOCUMENT: dict[str, dict[str, object]] = {
    "paths": {"/health": {}, "/stores/orders/{id}": {}, "/stores/orders": {}}
}


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied(tmp_path)


def test_a_taken_port_is_told_first(project: Project) -> None:
    docker = FakeDocker()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTaken):
        serve(docker, project, SamLocalOptions(port=taken.getsockname()[1]))
    assert not any(asked.startswith(("image", "pull")) for asked in docker.asked)


def test_data_in_use_are_told_first(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datadir, "_WAIT_S", 0.0)
    docker = FakeDocker()
    with (
        datadir.locked("DynamoDB Local", project.state_dir / "sam-local"),
        pytest.raises(EngineError, match="in use by another"),
    ):
        serve(docker, project, SamLocalOptions(port=free_port()))
    assert not any(asked.startswith(("image", "pull")) for asked in docker.asked)


def test_a_missing_sam_is_told_first(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = FakeDocker()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="pipx install aws-sam-cli"):
        serve(docker, project, SamLocalOptions(port=free_port()))
    assert not any(asked.startswith(("image", "pull")) for asked in docker.asked)


def test_the_build_fails(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fake_sam(tmp_path / "bin", exit_code=2)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    docker = FakeDocker({"image inspect": (0, "[]", "")})
    with pytest.raises(SamError, match=r"^AWS SAM CLI: sam build failed; its output is above\.$"):
        serve(docker, project, SamLocalOptions(port=free_port()))
    (command,) = asked()
    assert (command[0], command[-1]) == ("build", "Architecture=x86_64")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["sam-local", "dynamodb"])
def test_a_signal_ends_it_also_in_the_background_of_a_shell(
    number: signal.Signals, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signalled(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        pytest.fail("the signal was ignored")

    for name in ("serve", "serve_database"):
        monkeypatch.setattr(sam_local, name, signalled)
    monkeypatch.setattr(sam_local, "Docker", object)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert cli.main([command]) == 0


def test_sam_gets_nothing_of_the_developers_aws_account_or_python() -> None:
    environ = {
        "AWS_PROFILE": "mine",
        "AWS_ACCESS_KEY_ID": "secret",
        "SAM_CLI_POLL_DELAY": "1",
        "PYTHONPATH": "src",
        "MAKEFLAGS": "n",
        "PATH": "/bin",
        "HOME": "/home/me",
    }
    passed_on = server.sam_environment(environ)
    assert "secret" not in passed_on.values()
    assert not {"AWS_PROFILE", "SAM_CLI_POLL_DELAY", "PYTHONPATH", "MAKEFLAGS"} & passed_on.keys()
    assert passed_on["HOME"] == "/home/me"
    assert passed_on["PATH"] == "/bin"


@contextlib.contextmanager
def answering(answers: dict[str, tuple[int, object]]) -> Iterator[tuple[int, list[str]]]:
    """Serve; yield the port, and the paths that were asked for."""
    paths: list[str] = []

    def answer(request: Received) -> tuple[int, bytes]:
        paths.append(request.path)
        status, document = answers[request.path]
        return status, json.dumps(document).encode()

    with recording(answer) as one:
        yield int(one.url.rpartition(":")[2]), paths


WELL = {
    "/health": (200, {"status": "ok"}),
    "/openapi.json": (200, DOCUMENT),
    "/stores/orders": (200, {"items": []}),
}


def test_ready_means_that_the_function_reaches_its_table() -> None:
    with answering(WELL) as (port, paths):
        server._require_answers(port, "http://host.docker.internal:8000")
    assert paths == ["/health", "/openapi.json", "/stores/orders"]


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/health", (502, {"message": "Internal server error"}), "its log is above"),
        ("/health", (200, {"errorMessage": "boom"}), "its log is above"),
        ("/stores/orders", (503, {"status": 503}), "does a firewall keep containers from"),
    ],
)
def test_a_function_that_is_not_well(path: str, answer: tuple[int, object], said: str) -> None:
    with answering(WELL | {path: answer}) as (port, _), pytest.raises(SamError) as caught:
        server._require_answers(port, "http://host.docker.internal:8000")
    assert said in str(caught.value)
    assert f"GET {path}" in str(caught.value)
