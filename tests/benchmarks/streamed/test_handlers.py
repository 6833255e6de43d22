"""The handlers as Lambda calls them, from a connection to the push on it."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from benchmarks.orders import ORDER
from roundtrip.errors import ConfigurationError
from tests.benchmarks.streamed.design import CREATED, REGION, STREAMED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.streamed.design import Design

    Handler = Callable[[dict[str, Any], object], dict[str, Any]]

# Looks like API Gateway's own, of which some characters mean something in a path.
CONNECTION_ID = "L0SM9cOFvHcCIhw="
MODULES = ("connect", "ingest", "read", "reduce", "push")


@pytest.fixture
def management() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A management API: its URL, and what was posted where."""
    posted: list[tuple[str, dict[str, Any]]] = []

    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gone = not unquote(self.path).endswith(CONNECTION_ID)
            if not gone:
                posted.append((self.path, json.loads(body)))
            self.send_response(410 if gone else 200)
            self.send_header("x-amzn-ErrorType", "GoneException")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/live", posted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def variables(
    design: Design,
    management: tuple[str, list[tuple[str, dict[str, Any]]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("EVENTS_TABLE", design.events_table)
    monkeypatch.setenv("ORDERS_TABLE", design.orders_table)
    monkeypatch.setenv("CONNECTIONS_TABLE", design.connections_table)
    monkeypatch.setenv("MANAGEMENT_URL", management[0])


def _handler(module: str, monkeypatch: pytest.MonkeyPatch) -> Handler:
    # Each test has tables of its own, and a handler is made when its module is imported.
    monkeypatch.delitem(sys.modules, f"streamed.{module}", raising=False)
    handler: Handler = importlib.import_module(f"streamed.{module}").lambda_handler
    return handler


def _route(kind: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html."""
    route = f"${kind.lower()}" if body is None else body["action"]
    event: dict[str, Any] = {
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "connectionId": CONNECTION_ID,
            "connectedAt": 1767355200000,
            "requestTimeEpoch": 1767355200123,
            "requestId": "R",
            "messageDirection": "IN",
            "stage": "live",
            "apiId": "api",
            "domainName": "api.execute-api.eu-central-1.amazonaws.com",
        },
        "isBase64Encoded": False,
    }
    return event if body is None else event | {"body": json.dumps(body)}


@pytest.mark.usefixtures("variables")
def test_all_seven_steps(
    design: Design,
    management: tuple[str, list[tuple[str, dict[str, Any]]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handlers = {module: _handler(module, monkeypatch) for module in MODULES}
    event_id = str(uuid.uuid4())
    dispatch = {"action": "dispatch", "id": "so-1", "eventId": event_id, **CREATED}
    done: dict[str, Any] = {"batchItemFailures": []}

    assert handlers["connect"](_route("CONNECT"), None) == {"statusCode": 200}
    assert handlers["ingest"](_route("MESSAGE", dispatch), None) == {"statusCode": 200}
    assert handlers["reduce"]({"Records": design.events_stream()}, None) == done
    assert handlers["push"]({"Records": design.orders_stream()}, None) == done

    ((path, pushed),) = management[1]
    assert unquote(path) == f"/live/@connections/{CONNECTION_ID}"
    assert (pushed["eventId"], pushed["status"], pushed["version"]) == (event_id, "applied", 1)
    get = {"action": "get", "id": "so-1", "requestId": "r"}
    answer = handlers["read"](_route("MESSAGE", get), None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["state"] == pushed["state"]
    assert pushed["state"]["customer"] == ORDER["customer"]

    assert handlers["connect"](_route("DISCONNECT"), None) == {"statusCode": 200}
    assert list(design.connections.pages()) == [[]]


@pytest.mark.usefixtures("variables")
def test_who_has_gone_is_forgotten(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    design.connections.add("gone", connected_at_ms=0)
    design.dispatch("gone", "so-1", CREATED)
    design.reduce_all()
    push = _handler("push", monkeypatch)
    assert push({"Records": design.orders_stream()}, None) == {"batchItemFailures": []}
    assert list(design.connections.pages()) == [[]]


@pytest.mark.usefixtures("variables")
def test_bad_input_is_answered_on_its_own_socket(
    management: tuple[str, list[tuple[str, dict[str, Any]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = _handler("ingest", monkeypatch)
    assert ingest(_route("MESSAGE", {"action": "dispatch"}), None) == {"statusCode": 200}
    ((_, answer),) = management[1]
    assert (answer["status"], answer["problem"]["status"]) == ("rejected", 400)


@pytest.mark.usefixtures("variables")
def test_failed_records_are_reported(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    design.dispatch("c", "so-1", CREATED)
    (record,) = design.events_stream()
    del record["dynamodb"]["NewImage"]["action"]
    number = record["dynamodb"]["SequenceNumber"]
    failed = {"batchItemFailures": [{"itemIdentifier": number}]}
    assert _handler("reduce", monkeypatch)({"Records": [record]}, None) == failed
    record["dynamodb"]["NewImage"].pop("connectionId")
    assert _handler("push", monkeypatch)({"Records": [record]}, None) == failed


@pytest.mark.parametrize("module", MODULES)
def test_a_function_without_its_environment_says_so(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", REGION)
    for name in ("EVENTS_TABLE", "ORDERS_TABLE", "CONNECTIONS_TABLE", "MANAGEMENT_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="expected a value, received nothing"):
        _handler(module, monkeypatch)


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("connect", {"pydantic", "aws_lambda_powertools"}),
        ("read", {"pydantic", "aws_lambda_powertools"}),
        ("push", {"pydantic", "aws_lambda_powertools"}),
        ("ingest", {"aws_lambda_powertools"}),
        ("reduce", {"aws_lambda_powertools"}),
    ],
)
def test_a_function_imports_what_it_needs(module: str, unneeded: set[str]) -> None:
    root = STREAMED.parent.parent
    paths = (root / "src" / "service", STREAMED / "functions")
    script = f"import streamed.{module}, sys; print(*sorted(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={
            "PYTHONPATH": ":".join(map(str, paths)),
            "AWS_REGION": REGION,
            "EVENTS_TABLE": "events",
            "ORDERS_TABLE": "orders",
            "CONNECTIONS_TABLE": "connections",
            "MANAGEMENT_URL": "https://api.test/live",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert not unneeded & set(result.stdout.split())
