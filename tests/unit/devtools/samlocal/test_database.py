from __future__ import annotations

import json
import sys

import pytest

from roundtrip_devtools.errors import DockerError, EngineError, SettingError
from roundtrip_devtools.loopback import free_port
from roundtrip_devtools.samlocal.database import TABLE_NAME, Database, database
from tests.checkout import PROJECT
from tests.engines_fixtures import make_client
from tests.unit.devtools.samlocal.fake_docker import FakeDocker, info

ELSEWHERE = json.dumps([{"Subnet": "192.0.2.0/24", "Gateway": "192.0.2.1"}])
HERE = json.dumps([{"Subnet": "127.0.0.0/8", "Gateway": "127.0.0.2"}])


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:8000",
        "http://127.0.0.1",
        "http://127.0.0.1:8000/path",
        "http://user@127.0.0.1:8000",
        "http://127.0.0.1:99999",
        "127.0.0.1:8000",
        "/",
    ],
)
def test_an_endpoint_that_the_template_cannot_hold(url: str) -> None:
    docker = FakeDocker()
    with pytest.raises(SettingError), database(docker, PROJECT, endpoint_url=url):
        pass


@pytest.mark.engine
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's 127.0.0.0/8")
def test_a_given_engine_gets_the_table_and_a_way_to_it(ministack_endpoint: str) -> None:
    docker = FakeDocker({"network inspect bridge": (0, HERE, "")})
    with database(docker, PROJECT, endpoint_url=f"{ministack_endpoint}/") as one:
        assert one.url == ministack_endpoint
        name, _, port = one.container_url.rpartition(":")
        assert name == "http://host.docker.internal"
        assert f":{port}" not in ministack_endpoint
        forwarded = make_client(f"http://127.0.0.2:{port}")
        assert TABLE_NAME in forwarded.list_tables()["TableNames"]
        one.require_running()


@pytest.mark.engine
def test_where_the_gateway_is_in_a_virtual_machine_the_name_is_enough(
    ministack_endpoint: str,
) -> None:
    docker = FakeDocker({"network inspect bridge": (0, ELSEWHERE, "")})
    with database(docker, PROJECT, endpoint_url=ministack_endpoint) as one:
        port = ministack_endpoint.rpartition(":")[2]
        assert one.container_url == f"http://host.docker.internal:{port}"


@pytest.mark.engine
def test_a_rootless_docker_has_no_way(ministack_endpoint: str) -> None:
    rootless = info(SecurityOptions=["name=rootless"])
    docker = FakeDocker({"network inspect bridge": (0, ELSEWHERE, ""), "info": rootless})
    with (
        pytest.raises(DockerError, match="rootless"),
        database(docker, PROJECT, endpoint_url=ministack_endpoint),
    ):
        pass


def test_an_engine_that_has_gone() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(EngineError):
        Database(url=url, container_url=url).require_running()
