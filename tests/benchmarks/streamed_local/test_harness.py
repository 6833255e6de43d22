"""The streamed design as it runs here: functions, streams, sockets, in a process of their own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from websockets.sync.client import ClientConnection, connect

from benchmarks import checkout
from benchmarks.orders import CREATED, quantity_changed
from benchmarks.streamed_local.errors import HarnessError
from benchmarks.streamed_local.harness import Streamed, streamed
from benchmarks.streamed_local.trace import STEPS
from tests.engines_fixtures import make_client
from tests.integration.processes import descendants, wait_until_gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

_DEADLINE_S = 30
PYTHONPATH = os.pathsep.join(
    str(path) for path in (checkout.ROOT, checkout.DEVTOOLS_DIR, checkout.SERVICE_DIR)
)
ONE_TABLE = """
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
"""
# Runs a design and waits, so that a test can kill it.
HOLDER = """
import pathlib, sys, time
from benchmarks.streamed_local.harness import streamed
with streamed(sys.argv[1], directory=pathlib.Path(sys.argv[2])) as design:
    print(design.url, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def design(dynamodb_local_endpoint: str) -> Iterator[Streamed]:
    with streamed(dynamodb_local_endpoint, "best") as running:
        yield running


@contextlib.contextmanager
def client(design: Streamed) -> Iterator[ClientConnection]:
    with connect(design.url, proxy=None, compression=None) as connected:
        yield connected


def dispatch(connected: ClientConnection, order_id: str, action: dict[str, Any]) -> str:
    """Send an action; return the id of its event."""
    event_id = str(uuid.uuid4())
    message = {"action": "dispatch", "id": order_id, "eventId": event_id, **action}
    connected.send(json.dumps(message))
    return event_id


def pushed(connected: ClientConnection, event_id: str) -> dict[str, Any]:
    """Wait for what came of an event."""
    return received(connected, "eventId", event_id)


def asked(connected: ClientConnection, order_id: str) -> dict[str, Any]:
    """Ask for an order."""
    request_id = str(uuid.uuid4())
    connected.send(json.dumps({"action": "get", "id": order_id, "requestId": request_id}))
    return received(connected, "requestId", request_id)


def received(connected: ClientConnection, field: str, value: str) -> dict[str, Any]:
    deadline_s = time.monotonic() + _DEADLINE_S
    while True:
        message = json.loads(connected.recv(timeout=deadline_s - time.monotonic()))
        if message.get(field) == value:
            return dict(message)


def new_order() -> str:
    return f"so-{uuid.uuid4()}"


# ---- the design -------------------------------------------------------------------------------


def test_a_creation_comes_back_through_every_step(design: Streamed) -> None:
    order_id = new_order()
    with client(design) as one:
        sent_ms = time.monotonic() * 1000
        answer = pushed(one, dispatch(one, order_id, CREATED))
        received_ms = time.monotonic() * 1000
    assert (answer["id"], answer["version"], answer["status"]) == (order_id, 1, "applied")
    assert answer["state"]["customer"] == CREATED["payload"]["customer"]
    trace = design.trace()
    assert [step for step, _ in trace] == list(STEPS)
    # One clock for both processes, and nothing before its cause.
    assert sent_ms <= trace[0][1] <= trace[-1][1] <= received_ms


def test_a_trace_is_of_the_newest_request(design: Streamed) -> None:
    order_id = new_order()
    with client(design) as one:
        pushed(one, dispatch(one, order_id, CREATED))
        between_ms = time.monotonic() * 1000
        pushed(one, dispatch(one, order_id, quantity_changed(5)))
        assert design.trace()[0][1] >= between_ms


def test_an_order_is_answered_on_the_socket_that_asks(design: Streamed) -> None:
    order_id = new_order()
    with client(design) as one:
        pushed(one, dispatch(one, order_id, CREATED))
        answer = asked(one, order_id)
    assert (answer["id"], answer["version"]) == (order_id, 1)
    assert answer["state"]["customer"] == CREATED["payload"]["customer"]


def test_many_events_of_an_order_make_one_history(design: Streamed) -> None:
    order_id = new_order()
    number = 25
    with client(design) as one:
        pushed(one, dispatch(one, order_id, CREATED))
        waiting = {dispatch(one, order_id, quantity_changed(n)) for n in range(number)}
        versions = []
        while waiting:
            message = json.loads(one.recv(timeout=_DEADLINE_S))
            assert message["status"] == "applied"
            waiting.discard(message["eventId"])
            versions.append(message["version"])
        answer = asked(one, order_id)
    assert versions == sorted(versions)
    assert answer["version"] == versions[-1] == number + 1


def test_every_client_is_told(design: Streamed) -> None:
    with client(design) as one, client(design) as other:
        event_id = dispatch(one, new_order(), CREATED)
        assert pushed(one, event_id) == pushed(other, event_id)


def test_a_client_that_left_is_forgotten(design: Streamed, dynamodb_local_endpoint: str) -> None:
    engine = make_client(dynamodb_local_endpoint)
    # A child that was killed leaves its tables; nobody connects to those any more.
    names = [name for name in tables(dynamodb_local_endpoint) if "Connections" in name]

    def connections() -> int:
        return sum(engine.scan(TableName=name, ConsistentRead=True)["Count"] for name in names)

    with client(design) as one:
        with client(design) as other:
            before = connections()
            pushed(other, dispatch(one, new_order(), CREATED))
        pushed(one, dispatch(one, new_order(), CREATED))
        deadline_s = time.monotonic() + _DEADLINE_S
        while connections() != before - 1:
            assert time.monotonic() < deadline_s, "the connection is still there"
            time.sleep(0.02)


def test_a_standstill_loses_nothing(design: Streamed) -> None:
    with client(design) as one:
        pushed(one, dispatch(one, new_order(), CREATED))
        design.pause()
        event_id = dispatch(one, new_order(), CREATED)
        with pytest.raises(TimeoutError):
            one.recv(timeout=0.2)
        assert "event written" in dict(design.trace())
        assert "events stream polled" not in dict(design.trace())
        design.resume()
        assert pushed(one, event_id)["status"] == "applied"


def test_it_works_as_lambda_polls_and_leaves_no_tables(dynamodb_local_endpoint: str) -> None:
    before = set(tables(dynamodb_local_endpoint))
    with streamed(dynamodb_local_endpoint, "4hz") as design, client(design) as one:
        assert len(set(tables(dynamodb_local_endpoint)) - before) == 3
        assert pushed(one, dispatch(one, new_order(), CREATED))["version"] == 1
    assert set(tables(dynamodb_local_endpoint)) == before


def tables(endpoint_url: str) -> list[str]:
    pages = make_client(endpoint_url).get_paginator("list_tables").paginate()
    names = [name for page in pages for name in page["TableNames"]]
    return [name for name in names if name.startswith("streamed-") and "test" not in name]


# ---- processes --------------------------------------------------------------------------------


def test_a_killed_holder_leaves_no_process(
    dynamodb_local_endpoint: str, small_design: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, dynamodb_local_endpoint, small_design],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline().startswith("ws://127.0.0.1:")
            family = descendants(holder.pid)
            assert len(family) == 2
        finally:
            holder.kill()
    wait_until_gone(family)


def test_its_own_end_is_told(dynamodb_local_endpoint: str, small_design: Path) -> None:
    with streamed(dynamodb_local_endpoint, directory=small_design) as design:
        design._process.kill()
        with pytest.raises(HarnessError, match=r"its process ended \(exit code -9\)"):
            design.pause()


# ---- what can be wrong at the start -----------------------------------------------------------


def refuse(endpoint_url: str, message: str, *arguments: Any, **options: Any) -> None:
    with pytest.raises(HarnessError, match=message), streamed(endpoint_url, *arguments, **options):
        pass


def test_a_polling_that_there_is_not_is_refused(dynamodb_local_endpoint: str) -> None:
    refuse(dynamodb_local_endpoint, "polling must be 4hz or best, not '8hz'", "8hz")


def test_only_this_machine_is_worked_with() -> None:
    refuse("https://dynamodb.eu-west-1.amazonaws.com", "a DynamoDB Local on 127.0.0.1, not https:")


def test_an_engine_that_is_not_there_is_named(small_design: Path) -> None:
    with (small_design / "template.yaml").open("a") as template:
        template.write(ONE_TABLE)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    message = f"DynamoDB at http://127.0.0.1:{port}: it cannot be reached"
    refuse(f"http://127.0.0.1:{port}", message, directory=small_design)


def test_a_taken_port_is_named(dynamodb_local_endpoint: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refuse(dynamodb_local_endpoint, f"Port {port} on 127.0.0.1 is taken", port=port)


def test_a_missing_template_is_named(dynamodb_local_endpoint: str, tmp_path: Path) -> None:
    refuse(dynamodb_local_endpoint, "template.yaml: it cannot be read", directory=tmp_path)


def test_a_function_that_cannot_be_imported_is_named(
    dynamodb_local_endpoint: str, small_design: Path
) -> None:
    (small_design / "talk.py").write_text("1 / 0")
    message = r"talk.lambda_handler cannot be imported \(ZeroDivisionError: division by zero\)"
    refuse(dynamodb_local_endpoint, message, directory=small_design)


def test_what_a_function_says_reaches_the_user(
    dynamodb_local_endpoint: str, small_design: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (small_design / "talk.py").write_text(
        "def lambda_handler(event, context):\n"
        "    print('printed', flush=True)\n"
        "    raise ValueError('on purpose')\n"
    )
    with (
        streamed(dynamodb_local_endpoint, directory=small_design) as design,
        client(design) as one,
    ):
        one.send("anything")
        assert json.loads(one.recv(timeout=_DEADLINE_S))["message"] == "Internal server error"
        assert design.trace() == []  # What is printed is no answer.
    said = capfd.readouterr()
    assert said.out == ""
    assert "printed" in said.err
    assert "ValueError: on purpose" in said.err
