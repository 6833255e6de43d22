from __future__ import annotations

from pathlib import Path

import pytest

from roundtrip_devtools import cli
from roundtrip_devtools.errors import DockerError
from roundtrip_devtools.samlocal.docker import Docker, fetch, image_name
from tests.unit.devtools.samlocal.fake_docker import FakeDocker, info

PACKAGE = Path("/build/Function")
PUBLISHED = "public.ecr.aws/lambda/python:3.13-x86_64"
WITH_EMULATOR = "public.ecr.aws/lambda/python:3.13-rapid-x86_64"


@pytest.mark.parametrize(
    ("told", "architecture"),
    [("x86_64", "x86_64"), ("amd64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")],
)
def test_the_processor_in_the_words_of_lambda(told: str, architecture: str) -> None:
    assert FakeDocker({"info": info(Architecture=told)}).architecture == architecture


def test_a_processor_that_lambda_does_not_have() -> None:
    with pytest.raises(DockerError, match="but this Docker runs on riscv64"):
        FakeDocker({"info": info(Architecture="riscv64")})


def test_the_address_is_that_of_the_context_unless_one_is_given() -> None:
    assert FakeDocker().host == "unix:///run/docker.sock"
    assert FakeDocker(DOCKER_HOST="unix:///mine").host == "unix:///mine"


@pytest.mark.parametrize("command", ["sam-local", "dynamodb"])
@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "Docker: the command docker was not found; install"),
        ("exit 1", "Docker: it does not answer (Cannot connect. Is it running?); start it, on"),
        ("exit 0", "Docker: it does not answer (Cannot connect. Is it running?); start it, on"),
    ],
)
def test_the_commands_without_docker(
    command: str,
    script: str | None,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if script:
        program = tmp_path / "docker"
        said = """echo '{"ServerVersion":""}'; echo 'Cannot connect. Is it running?' >&2"""
        program.write_text(f"#!/bin/sh\n{said}\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main([command]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(message)
    assert output.err.count("\n") == 1


def test_the_bridge_is_the_one_of_ipv4() -> None:
    bridge = FakeDocker().bridge()
    assert bridge is not None
    assert (bridge.gateway, str(bridge.subnet)) == ("172.17.0.1", "172.17.0.0/16")


@pytest.mark.parametrize("told", ["null", "[]", '[{"Subnet":"172.17.0.0/16"}]', "[{}]"])
def test_an_unknown_bridge(told: str) -> None:
    assert FakeDocker({"network inspect bridge": (0, told, "")}).bridge() is None


def test_rootless() -> None:
    assert not FakeDocker().rootless
    assert FakeDocker({"info": info(SecurityOptions=["name=rootless"])}).rootless


def test_only_the_containers_of_one_package_are_removed() -> None:
    docker = FakeDocker({"ps": (0, "one\ntwo\n", ""), "rm": (1, "", "gone already")})
    docker.remove_containers_of(PACKAGE)
    listing, removal = docker.asked[-2:]
    assert "label=sam.cli.container.type=lambda" in listing
    assert "volume=/build/Function" in listing
    assert removal == "rm --force one two"


def test_no_containers_to_remove() -> None:
    docker = FakeDocker({"ps": (0, "", "")})
    docker.remove_containers_of(PACKAGE)
    assert docker.asked[-1].startswith("ps ")


def test_a_command_that_fails_says_why() -> None:
    docker = FakeDocker({"ps": (1, "", "a warning\npermission denied.\n")})
    with pytest.raises(DockerError, match=r"^Docker: docker ps failed \(permission denied\)\.$"):
        docker.containers_of(PACKAGE)


def test_a_command_runs_in_its_environment(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\n[ \"$*$MINE\" = 'image inspect ayes' ]\n")
    (tmp_path / "docker").chmod(0o755)
    docker = Docker.__new__(Docker)
    docker._environ = {"PATH": str(tmp_path), "MINE": "yes"}
    assert docker.has_image("a")
    docker._environ = {"PATH": str(tmp_path)}
    assert not docker.has_image("a")


def test_the_names_of_images() -> None:
    assert image_name("python3.13", "x86_64") == PUBLISHED
    assert image_name("python3.13", "x86_64", with_emulator=True) == WITH_EMULATOR


def test_an_image_is_pulled_unless_it_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    docker = FakeDocker({"image inspect": (0, "[]", "")})
    assert fetch(docker, "python3.13") is True
    assert docker.asked[-1] == f"image inspect {WITH_EMULATOR}"

    docker = FakeDocker({"image inspect": (1, "", "No such image"), "pull": (0, "", "")})
    assert fetch(docker, "python3.13") is False
    assert docker.asked[-1] == f"pull {PUBLISHED}"
    assert PUBLISHED in capsys.readouterr().out


def test_an_image_that_cannot_be_pulled() -> None:
    refusal = (1, "", "Error response from daemon: no such host\n")
    docker = FakeDocker({"image inspect": (1, "", "No such image"), "pull": refusal})
    with pytest.raises(DockerError) as caught:
        fetch(docker, "python3.13")
    assert str(caught.value) == (
        f"Docker: the Lambda runtime {PUBLISHED} cannot be pulled (Error response from daemon: no "
        "such host); sam local needs it once, roundtrip dev never."
    )
