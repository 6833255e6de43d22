from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from roundtrip_devtools.errors import DockerError
from roundtrip_devtools.samlocal.docker import Docker
from tests.unit.devtools.samlocal.fake_docker import INFO, FakeDocker


def info(**changes: Any) -> tuple[int, str, str]:
    return 0, json.dumps(INFO | changes), ""


@pytest.mark.parametrize(
    ("told", "architecture"),
    [("x86_64", "x86_64"), ("amd64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")],
)
def test_the_processor_as_lambda_calls_it(tmp_path: Path, told: str, architecture: str) -> None:
    docker = FakeDocker(tmp_path, {"info": info(Architecture=told)}).connect()
    assert docker.architecture == architecture


def test_a_processor_that_lambda_has_not(tmp_path: Path) -> None:
    with pytest.raises(DockerError) as caught:
        FakeDocker(tmp_path, {"info": info(Architecture="riscv64")}).connect()
    assert "riscv64" in str(caught.value)


def test_the_address_is_that_of_the_context_unless_it_is_given(tmp_path: Path) -> None:
    fake = FakeDocker(tmp_path)
    assert fake.connect().host == "unix:///run/docker.sock"
    assert fake.connect(DOCKER_HOST="unix:///mine").host == "unix:///mine"


def test_no_command(tmp_path: Path) -> None:
    with pytest.raises(DockerError) as caught:
        Docker({"PATH": str(tmp_path)})
    assert str(caught.value).startswith("Docker: the command docker was not found; install")


@pytest.mark.parametrize(
    "answer",
    [
        (1, '{"ServerVersion":""}', "Cannot connect to the Docker daemon. Is it running?\n"),
        (0, '{"ServerVersion":""}', "Cannot connect to the Docker daemon. Is it running?\n"),
        (1, "", "Cannot connect to the Docker daemon. Is it running?\n"),
    ],
)
def test_no_daemon(tmp_path: Path, answer: tuple[int, str, str]) -> None:
    with pytest.raises(DockerError) as caught:
        FakeDocker(tmp_path, {"info": answer}).connect()
    assert str(caught.value) == (
        "Docker: it does not answer (Cannot connect to the Docker daemon. Is it running?); "
        "start it, on Linux by sudo systemctl start docker, elsewhere by opening Docker Desktop "
        "(roundtrip dev needs none)."
    )


def test_the_bridge_is_the_one_of_ipv4(tmp_path: Path) -> None:
    bridge = FakeDocker(tmp_path).connect().bridge()
    assert bridge is not None
    assert (bridge.gateway, str(bridge.subnet)) == ("172.17.0.1", "172.17.0.0/16")


@pytest.mark.parametrize("told", ["null", "[]", '[{"Subnet":"172.17.0.0/16"}]', "[{}]"])
def test_a_bridge_that_is_not_told(tmp_path: Path, told: str) -> None:
    fake = FakeDocker(tmp_path, {"network inspect bridge": (0, told, "")})
    assert fake.connect().bridge() is None


def test_rootless(tmp_path: Path) -> None:
    assert not FakeDocker(tmp_path).connect().rootless
    rootless = info(SecurityOptions=["name=rootless"])
    assert FakeDocker(tmp_path, {"info": rootless}).connect().rootless


def test_only_the_containers_of_one_package_are_removed(tmp_path: Path) -> None:
    fake = FakeDocker(tmp_path, {"ps": (0, "one\ntwo\n", ""), "rm": (1, "", "gone already")})
    fake.connect().remove_containers_of(Path("/build/Function"))
    listing, removal = fake.asked[-2:]
    assert "label=sam.cli.container.type=lambda" in listing
    assert "volume=/build/Function" in listing
    assert removal == "rm --force one two"


def test_nothing_to_remove(tmp_path: Path) -> None:
    fake = FakeDocker(tmp_path, {"ps": (0, "", "")})
    fake.connect().remove_containers_of(Path("/build/Function"))
    assert fake.asked[-1].startswith("ps ")


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    fake = FakeDocker(tmp_path, {"ps": (1, "", "a warning\npermission denied.\n")})
    with pytest.raises(DockerError) as caught:
        fake.connect().containers_of(Path("/build/Function"))
    assert str(caught.value) == "Docker: docker ps failed (permission denied)."
