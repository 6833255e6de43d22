from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests import checkout
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Container

START_WITHIN_S = 60
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_the_document_is_json_of_openapi_3_1(api: Api) -> None:
    answer = api.get("/openapi.json")

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(answer.json).validate()


def test_every_route_is_documented_and_nothing_else(
    handler: Container, document: dict[str, Any]
) -> None:
    stores = list(handler.app.engine.stores)
    application: Any = handler.app.handler
    routes = {
        (method, path.replace("{store}", store))
        for path, (_, methods) in application.__self__._router._routes.items()
        for method in methods
        for store in stores
    }

    assert set(operations(document)) == routes


def test_every_documented_operation_is_there(api: Api, document: dict[str, Any]) -> None:
    for method, path in operations(document):
        answer = api.send(method, path.replace("{id}", "never-was"))

        assert answer.status != 405
        assert "/problems/route-not-found" not in answer.text[:40]


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]

    assert len(names) == len(set(names))


def test_every_action_is_in_its_stores_union(handler: Container, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for store in handler.app.engine.stores.values():
        path = document["paths"][f"/stores/{store.name}/{{id}}/actions"]["post"]
        one, many = path["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
        union = schemas[one["$ref"].rsplit("/", 1)[1]]

        assert many["items"] == one
        assert union["discriminator"]["propertyName"] == "type"
        assert union["discriminator"]["mapping"].keys() == store.reducer.payloads.keys()


def test_every_reference_has_a_target(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(document))

    assert set(found) <= schemas.keys()


def test_every_kind_of_problem_is_documented_on_every_operation(
    document: dict[str, Any],
) -> None:
    statuses = {"400", "401", "403", "404", "405", "410", "412", "413", "415", "422", "429", "503"}

    for operation in operations(document).values():
        assert operation["responses"].keys() >= statuses


def test_the_examples_of_a_client_are_answered_as_documented(api: Api) -> None:
    answer = api.post("/contacts", {"name": "Ada", "email": None})

    assert answer.status == 201
    assert answer.headers["content-type"] == "application/json"


@pytest.fixture(scope="module")
def server(ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a dev server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    tree = make_project(tmp_path_factory.mktemp("served") / "project")
    sources = os.pathsep.join((str(tree / "src" / "service"), str(checkout.DEVTOOLS_DIR)))
    command = [
        "-m",
        "roundtrip_devtools",
        "dev",
        "--endpoint-url",
        ministack_endpoint,
        "--port",
        str(port),
    ]
    with (tmp_path_factory.mktemp("server") / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": sources},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"{url}/health", process)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_WITHIN_S)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline_s:
        assert process.poll() is None, "the dev server ended"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=START_WITHIN_S).status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail("the dev server did not start")


# What a schema cannot say is no violation: that an id exists, that a key is new, that a version is
# the current one, that a business rule agrees. But 400, 401, 403, 405 and 415 say that the request
# is wrong in itself, which a request made from the document must never be.
CONFIGURATION = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", 304, 404, 410, 412, 413, 422]
negative_data_rejection.expected-statuses = [400, 404, 405, 410, 412, 413, 415, 422]
# The gateway answers methods that no route has.
unsupported_method.enabled = false
# The dev server has no authorizer.
ignored_auth.enabled = false
"""


@pytest.mark.parametrize(
    ("phase", "mode", "examples"),
    [
        ("coverage", "positive", 1),
        ("coverage", "negative", 1),
        ("fuzzing", "positive", 6),
        ("fuzzing", "negative", 6),
        ("stateful", "positive", 12),
    ],
)
def test_the_running_service_keeps_to_its_document(
    server: str, tmp_path: Path, phase: str, mode: str, examples: int
) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
    options = {"phases": phase, "mode": mode, "max-examples": examples, "seed": 1}

    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{server}/openapi.json",
            *(f"--{name}={value}" for name, value in options.items()),
            "--continue-on-failure",
            "--suppress-health-check=all",
            "--warnings=off",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
