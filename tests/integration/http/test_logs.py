from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from roundtrip.testing.gateway_event import user
from tests import checkout
from tests.integration.http.application import SECRET, STORES, added_action, kept_action
from tests.integration.http.client import Context, make_event
from tests.integration.http.dynamo import disturbed, refusal
from tests.integration.http.logged import Logged
from tests.orders import ORDER
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.http.client import Api
    from tests.integration.http.conftest import Start


def test_every_request_is_one_line_of_json(logged: Logged, stream: str) -> None:
    logged.api.post(f"{stream}/actions", kept_action(1))
    logged.api.get(stream)
    logged.api.get("/nope")

    assert [(line["method"], line["path"], line["status"]) for line in logged.lines()] == [
        ("POST", f"{stream}/actions", 201),
        ("GET", stream, 200),
        ("GET", "/nope", 404),
    ]


def test_a_line_tells_level_service_function_and_whether_the_start_was_cold(
    logged: Logged,
) -> None:
    logged.api.get("/health")

    (line,) = logged.lines()
    assert (line["level"], line["service"], line["function_name"]) == (
        "INFO",
        "roundtrip",
        "roundtrip",
    )
    assert isinstance(line["cold_start"], bool)
    assert line["function_request_id"] == "aws-request"


def test_every_line_of_a_request_has_its_id(logged: Logged, stream: str) -> None:
    event = make_event(
        "POST",
        f"{stream}/actions",
        body='{"type":"notes/broken","payload":"raise"}',
        headers={"content-type": "application/json"},
        request_id="from the gateway",
    )

    logged.container.app.handler(event, Context())

    assert [line["correlation_id"] for line in logged.lines()] == ["from the gateway"] * 2


def test_each_request_has_its_own_id_in_a_warm_container(logged: Logged) -> None:
    for name in ("first", "second"):
        event = make_event("GET", "/health", request_id=name)
        logged.container.app.handler(event, Context())

    assert [line["correlation_id"] for line in logged.lines()] == ["first", "second"]


def test_both_logs_tell_the_caller_without_a_name(
    capsys: pytest.CaptureFixture[str], start: Start, stream: str
) -> None:
    logged = Logged(capsys, lambda: start(stores=STORES, auth_mode="JWT"))
    action = {"type": "notes/broken", "payload": "raise"}
    callers = []
    for name in ("ada-0815", "bo-4711", "ada-0815"):
        logged.container.api(authorizer=user(name, {})).post(f"{stream}/actions", action)
        text = logged.text()
        assert name not in text
        failed, request = map(json.loads, text.splitlines())
        assert (failed["level"], failed["caller"]) == ("ERROR", request["caller"])
        callers.append(request["caller"])
    logged.api.get(stream)

    assert callers[0] == callers[2] != callers[1]
    assert len(callers[0]) == 16
    assert "caller" not in logged.lines()[0]


def test_an_open_api_logs_no_caller(logged: Logged, stream: str) -> None:
    logged.api.post(f"{stream}/actions", {"type": "notes/broken", "payload": "raise"})

    assert all("caller" not in line for line in logged.lines())


def applied(api: Api, stream: str) -> None:
    api.post(f"{stream}/actions", kept_action(SECRET))
    api.post(f"{stream}/actions", [added_action({SECRET: SECRET})])
    api.get(stream)
    api.get(f"{stream}/events")
    api.get(stream, query={"version": "1"})


def rejected(api: Api, stream: str) -> None:
    api.post(f"{stream}/actions", kept_action(SECRET))
    api.post(f"{stream}/actions", {"type": "notes/refused", "payload": SECRET})


def failed(api: Api, stream: str) -> None:
    api.post(f"{stream}/actions", kept_action(SECRET))
    for fault in ("raise", "none", "set", "nan"):
        action = {"type": "notes/broken", "payload": fault, "meta": SECRET}
        api.post(f"{stream}/actions", [kept_action(SECRET), action])


def malformed(api: Api, stream: str) -> None:
    for body in (
        f'{{"{SECRET}',
        f'"{SECRET}"',
        f'{{"type":"{SECRET}"}}',
        f'{{"type":"notes/noted","payload":"{SECRET}"}}',
        f'{{"type":"notes/noted","{SECRET}":1}}',
        f'{{"{SECRET}":1,"{SECRET}":2}}',
    ):
        assert api.post(f"{stream}/actions", body=body).status in {400, 422}


def replayed(api: Api, stream: str) -> None:
    key = {"idempotency-key": "k"}
    for payload in (SECRET, SECRET, f"{SECRET} other"):
        api.post(f"{stream}/actions", kept_action(payload), headers=key)


def too_large(api: Api, stream: str) -> None:
    api.post(f"{stream}/actions", kept_action(SECRET * 100_000))


@pytest.mark.parametrize("story", [applied, rejected, failed, malformed, replayed, too_large])
def test_no_payload_and_no_state_comes_to_light(
    logged: Logged, stream: str, story: Callable[[Api, str], None]
) -> None:
    story(logged.api, stream)

    text = logged.text()
    assert "request" in text
    assert SECRET not in text


@pytest.mark.parametrize(
    "code", ["ValidationException", "InternalServerError", "AccessDeniedException"]
)
def test_no_payload_comes_to_light_when_the_storage_fails(
    logged: Logged, stream: str, code: str
) -> None:
    logged.api.post(f"{stream}/actions", kept_action(SECRET))
    api = logged.container.api(context=Context(remaining_ms=0))

    with disturbed(logged.container.client, "TransactWriteItems", lambda: refusal(code)):
        answer = api.post(f"{stream}/actions", kept_action(SECRET))

    text = logged.text()
    assert answer.status in {500, 503}
    assert "ERROR" in text
    assert SECRET not in text


def test_no_order_comes_to_light(capsys: pytest.CaptureFixture[str], start: Start) -> None:
    logged = Logged(capsys, start)
    path = logged.api.post("/sales-orders", {**ORDER, "customer": SECRET}).headers["location"]
    logged.api.patch(path, {"customer": f"{SECRET} again"})
    logged.api.patch(path, {"customer": {SECRET: 1}})
    logged.api.get(path)
    logged.api.get("/sales-orders")
    logged.api.delete(path)

    assert SECRET not in logged.text()


def test_no_header_or_query_comes_to_light(logged: Logged, stream: str) -> None:
    logged.api.get(
        stream, query={"cursor": SECRET}, headers={"authorization": SECRET, "cookie": SECRET}
    )

    assert SECRET not in logged.text()


@pytest.mark.parametrize("level", ["INFO", "WARNING"])
def test_a_caller_s_mistake_is_no_error_in_the_log(
    capsys: pytest.CaptureFixture[str], start: Start, level: str
) -> None:
    logged = Logged(capsys, lambda: start(POWERTOOLS_LOG_LEVEL=level))
    logged.api.get("/nope")
    logged.api.post("/sales-orders", {})

    assert {line["level"] for line in logged.lines()} <= {"INFO"}


def test_a_fault_is_logged_with_its_trace(logged: Logged, stream: str) -> None:
    with disturbed(logged.container.client, "GetItem", lambda: refusal("ValidationException")):
        logged.api.get(stream)

    (line,) = [line for line in logged.lines() if line["level"] == "ERROR"]
    assert line["error_type"] == line["exception_name"] == "Refused"
    assert "Traceback" in line["exception"]


# Only so that a hanging process cannot hang the tests.
DEADLINE_S = 120
COLD_START = """
import json, sys
from app.main import lambda_handler
from tests.integration.http.client import Context, make_event
for _ in range(2):
    lambda_handler(make_event("GET", "/health"), Context())
"""


def test_only_the_first_line_of_a_process_tells_of_a_cold_start(tmp_path: Path) -> None:
    service = make_project(tmp_path / "project") / "src" / "service"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(service), str(checkout.ROOT))),
        "TABLE_NAME": "none",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "POWERTOOLS_METRICS_DISABLED": "false",
    }
    run = subprocess.run(
        [sys.executable, "-c", COLD_START],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )

    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["cold_start"] for line in lines] == [True, False]
    assert [line.get("ColdStarts") for line in lines] == [1, None]
