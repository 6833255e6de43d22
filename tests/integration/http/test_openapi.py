from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from openapi_spec_validator import OpenAPIV31SpecValidator

from roundtrip.api.named_slices import named_slices
from roundtrip.lambda_app import Roundtrip
from roundtrip.storage.memory import MemoryStorage
from roundtrip_devtools.container import Container
from roundtrip_devtools.environment import FUNCTION_NAME
from roundtrip_devtools.event import Router
from roundtrip_devtools.gateway import Gateway
from roundtrip_devtools.template import Template
from tests import checkout
from tests.shop import STORES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Container as Started

EXAMPLES = 8
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
    handler: Started, document: dict[str, Any]
) -> None:
    stores = handler.app.engine.stores.values()
    application: Any = handler.app.handler
    routes = {
        (
            method,
            path.format(store=store.name, slice=each.name, id="{id}", **{"entity+": "{entity}"}),
        )
        for path, route in application.__self__._router._routes.items()
        for method in route.methods
        for store in stores
        for each in named_slices(store)
        if ("{entity+}" not in path or each.holds_entities)
        and ("{slice}" not in path or method == "GET" or each.crud)
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


def test_every_action_is_in_its_stores_union(handler: Started, document: dict[str, Any]) -> None:
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
def server() -> Iterator[str]:
    """The URL of the service behind the dev server's gateway, with its streams in memory."""
    template = Template(checkout.TEMPLATE)
    handler = Roundtrip(STORES, storage=MemoryStorage(), environment={"AUTH_MODE": "NONE"}).handler
    container = Container(handler, template.function(), function_name=FUNCTION_NAME)
    config = uvicorn.Config(
        Gateway(container, Router(template.route_keys())),
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_level="warning",
        access_log=False,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Without it each response waits 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join()


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
# Nor can a schema say that only one of version and since is allowed.
[[operations]]
include-path-regex = '^/stores/[^/]+/\\{id\\}$'
checks.positive_data_acceptance.expected-statuses = ["2xx", 304, 400, 404, 410, 422]
"""


@pytest.mark.parametrize(
    ("mode", "phases"),
    [("positive", "coverage,fuzzing,stateful"), ("negative", "coverage,fuzzing")],
)
def test_the_running_service_keeps_to_its_document(
    server: str, tmp_path: Path, mode: str, phases: str
) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
    options = {"phases": phases, "mode": mode, "max-examples": EXAMPLES, "seed": 1}

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
