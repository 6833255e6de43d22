"""The streamed design on this machine: functions, streams and sockets in a child process."""

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
from benchmarks.streamed_local import HarnessError, child, template
from benchmarks.streamed_local.harness import DIRECTORY, Streamed, streamed
from benchmarks.streamed_local.trace import STEPS
from roundtrip_devtools.errors import EndpointError
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
# Runs a design until a test kills it.
HOLDER = """
import pathlib, sys, time
from benchmarks.streamed_local.harness import streamed
with streamed(sys.argv[1], directory=pathlib.Path(sys.argv[2])) as design:
    print(design.url, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def design(dynamodb_local_endpoint: str) -> Iterator[Streamed]:
    before = tables(dynamodb_local_endpoint)
    with streamed(dynamodb_local_endpoint, "best") as running:
        assert len(tables(dynamodb_local_endpoint) - before) == 3
        yield running
    assert tables(dynamodb_local_endpoint) == before


def tables(endpoint_url: str) -> set[str]:
    pages = make_client(endpoint_url).get_paginator("list_tables").paginate()
    names = [name for page in pages for name in page["TableNames"]]
    return {name for name in names if name.startswith("streamed-") and "test" not in name}


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
    """Wait for the outcome of an event."""
    return received(connected, "eventId", event_id)


def asked(connected: ClientConnection, order_id: str) -> dict[str, Any]:
    """Get an order."""
    request_id = str(uuid.uuid4())
    connected.send(json.dumps({"action": "get", "id": order_id, "requestId": request_id}))
    return received(connected, "requestId", request_id)


def received(connected: ClientConnection, field: str, value: str | None) -> dict[str, Any]:
    deadline_s = time.monotonic() + _DEADLINE_S
    while True:
        message = json.loads(connected.recv(timeout=deadline_s - time.monotonic()))
        if message.get(field) == value:
            return dict(message)


def new_order() -> str:
    return f"so-{uuid.uuid4()}"


# ---- the design -------------------------------------------------------------------------------


def test_a_creation_passes_every_step_to_all_clients(design: Streamed) -> None:
    order_id = new_order()
    with client(design) as one, client(design) as other:
        sent_ms = time.monotonic() * 1000
        event_id = dispatch(one, order_id, CREATED)
        answer = pushed(one, event_id)
        received_ms = time.monotonic() * 1000
        trace = design.trace()
        assert pushed(other, event_id) == answer
        found = asked(one, order_id)
        pushed(one, dispatch(one, order_id, quantity_changed(5)))
        newest = design.trace()
    assert (answer["id"], answer["version"], answer["status"]) == (order_id, 1, "applied")
    assert answer["state"]["customer"] == CREATED["payload"]["customer"]
    assert (found["id"], found["version"], found["state"]) == (order_id, 1, answer["state"])
    assert [step for step, _ in trace] == list(STEPS)
    # Both processes use one clock, and nothing precedes its cause.
    assert sent_ms <= trace[0][1] <= trace[-1][1] <= received_ms
    assert newest[0][1] >= received_ms


def test_a_malformed_message_is_answered_on_its_socket(design: Streamed) -> None:
    with client(design) as one:
        one.send('{"action":"dispatch"}')
        answer = received(one, "eventId", None)
    assert (answer["status"], answer["problem"]["status"]) == ("rejected", 400)


def test_many_events_of_an_order_make_one_history(design: Streamed) -> None:
    order_id = new_order()
    number = 12
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


def test_a_client_that_left_is_forgotten(design: Streamed, dynamodb_local_endpoint: str) -> None:
    engine = make_client(dynamodb_local_endpoint)
    # A killed child leaves its tables, to which nobody connects any more.
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


def test_a_pause_loses_nothing(design: Streamed) -> None:
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


# ---- processes --------------------------------------------------------------------------------


def test_a_killed_parent_leaves_no_process(
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


def test_output_of_functions_and_the_end_of_the_child_reach_the_user(
    dynamodb_local_endpoint: str, small_design: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (small_design / "talk.py").write_text(
        "def lambda_handler(event, context):\n"
        "    print('printed', flush=True)\n"
        "    raise ValueError('on purpose')\n"
    )
    with streamed(dynamodb_local_endpoint, directory=small_design) as design:
        with client(design) as one:
            one.send("anything")
            assert json.loads(one.recv(timeout=_DEADLINE_S))["message"] == "Internal server error"
        assert design.trace() == []  # Printed text does not mix with answers.
        design._process.kill()
        with pytest.raises(HarnessError, match=r"its process ended \(exit code -9\)"):
            design.pause()
    said = capfd.readouterr()
    assert said.out == ""
    assert "printed" in said.err
    assert "ValueError: on purpose" in said.err


# ---- failures at the start --------------------------------------------------------------------


def refuse(endpoint_url: str, message: str, *arguments: Any, **options: Any) -> None:
    with pytest.raises(HarnessError, match=message), streamed(endpoint_url, *arguments, **options):
        pass


def test_an_unknown_polling_is_refused() -> None:
    refuse("http://127.0.0.1", "polling must be 4hz or best, not '8hz'", "8hz")


def test_a_remote_endpoint_is_refused() -> None:
    refuse("https://dynamodb.eu-west-1.amazonaws.com", "a DynamoDB Local on 127.0.0.1, not https:")


def test_an_engine_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    definition = template.read(DIRECTORY)
    names = {name: name for name in definition.tables}
    for name, value in definition.environment(names, endpoint_url=url, management_url=url).items():
        monkeypatch.setenv(name, value)
    with (
        pytest.raises(EndpointError, match=f"DynamoDB at {url}: it cannot be reached"),
        child._tables(definition, names, url),
    ):
        pass


def test_a_function_that_cannot_be_imported_is_named(small_design: Path) -> None:
    (small_design / "talk.py").write_text("1 / 0")
    message = r"talk.lambda_handler cannot be imported \(ZeroDivisionError: division by zero\)"
    refuse("http://127.0.0.1:1", message, directory=small_design)
