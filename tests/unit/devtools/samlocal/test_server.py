from __future__ import annotations

import contextlib
import json
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.engines import datadir
from roundtrip_devtools.errors import EngineError, PortTaken, SamError, ToolMissing
from roundtrip_devtools.samlocal import server
from roundtrip_devtools.samlocal.server import SamLocalOptions, serve
from tests.benchmarks.recording import recording
from tests.checkout import PROJECT
from tests.integration.test_dev_server import free_port
from tests.unit.devtools.sam_program import copied, fake_sam
from tests.unit.devtools.samlocal.fake_docker import FakeDocker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def test_a_taken_port_is_told_before_anything_is_done(tmp_path: Path) -> None:
    fake = FakeDocker(tmp_path)
    docker = fake.connect()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTaken):
        serve(docker, PROJECT, SamLocalOptions(port=taken.getsockname()[1]))
    assert not any(asked.startswith(("image", "pull")) for asked in fake.asked)


def test_data_in_use_are_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(tmp_path)
    monkeypatch.setattr(datadir, "_WAIT_S", 0.0)
    fake = FakeDocker(tmp_path)
    docker = fake.connect()
    with (
        datadir.locked("DynamoDB Local", project.state_dir / "sam-local"),
        pytest.raises(EngineError, match="in use by another"),
    ):
        serve(docker, project, SamLocalOptions(port=free_port()))
    assert not any(asked.startswith(("image", "pull")) for asked in fake.asked)


def test_the_command_without_docker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = (1, "", "Cannot connect to the Docker daemon\n")
    fake = FakeDocker(tmp_path, {"info": answer})
    for name, value in fake.environ.items():
        monkeypatch.setenv(name, value)
    for command in ("sam-local", "dynamodb"):
        assert cli.main([command]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("Docker: it does not answer (Cannot connect")
        assert said.err.count("\n") == 1


def test_a_build_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeDocker(tmp_path, {"image inspect": (0, "[]", "")})
    docker = fake.connect()
    project = copied(tmp_path)
    asked = fake_sam(tmp_path / "bin", exit_code=2)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(SamError) as caught:
        serve(docker, project, SamLocalOptions(port=free_port()))
    assert str(caught.value) == "AWS SAM CLI: sam build failed; what it said is above."
    (command,) = asked()
    assert command[0] == "build"
    assert command[-1] == "Architecture=x86_64"


def test_without_sam_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeDocker(tmp_path)
    docker = fake.connect()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="pipx install aws-sam-cli"):
        serve(docker, copied(tmp_path), SamLocalOptions(port=free_port()))
    assert not any(asked.startswith(("image", "pull")) for asked in fake.asked)


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
