"""The streamed design: deployed, one event through both streams to those who wait, deleted."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from roundtrip_devtools.credentials import Open
from tests import checkout
from tests.e2e.deploy import limits
from tests.e2e.deploy.callers import iam_user
from tests.e2e.deploy.cloud import eventually, runtime
from tests.e2e.deploy.sam import Sam
from tests.e2e.targets import LOOPBACK
from tests.integration.test_dev_server import DEADLINE_S
from tests.orders import CREATED, STATE, line_added

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from roundtrip_devtools.credentials import Credentials
    from tests.e2e.deploy.sam import Stack

pytestmark = [pytest.mark.engine, pytest.mark.sam]

STACK = "roundtrip-streamed"
STAGE = "live"


@pytest.fixture(scope="module")
def streamed(sam: Sam) -> Sam:
    """The tools at work on a copy of the streamed design."""
    design = sam.directory / "benchmarks" / "streamed"
    shutil.copytree(
        checkout.ROOT / "benchmarks" / "streamed",
        design,
        ignore=shutil.ignore_patterns("__pycache__", ".*"),
    )
    limits.prepare_streamed(design, sam.cloud, runtime=runtime())
    return Sam(sam.cloud, design)


@pytest.fixture(scope="module")
def stack(streamed: Sam) -> Stack:
    streamed.build()
    return streamed.deploy(STACK)


@pytest.fixture(scope="module")
def caller(stack: Stack) -> Credentials:
    return iam_user(stack.cloud, may_call=stack.resource("Api"))


@contextlib.contextmanager
def connection(stack: Stack, caller: Credentials) -> Iterator[ClientConnection]:
    cloud = stack.cloud
    path = f"{stack.resource('Api')}.execute-api.localhost:{cloud.port}/{STAGE}"
    # Signed is the request that asks for the upgrade, and its host is not for the resolver.
    headers = caller.headers("GET", f"http://{path}")
    transport = socket.create_connection((LOOPBACK, cloud.port))
    with connect(
        f"ws://{path}",
        sock=transport,
        additional_headers=headers,
        proxy=None,
        # A first connection starts a container of the emulator.
        open_timeout=DEADLINE_S,
    ) as one:
        yield one


def dispatch(sender: ClientConnection, order: str, action: dict[str, Any]) -> str:
    """Send an event; return its id."""
    event = str(uuid.uuid4())
    sender.send(json.dumps({"action": "dispatch", "id": order, "eventId": event, **action}))
    return event


def received(receiver: ClientConnection, **own: str) -> dict[str, Any]:
    """Wait for the message that says this of itself."""
    while True:
        message: dict[str, Any] = json.loads(receiver.recv(timeout=DEADLINE_S))
        if message.items() >= own.items():
            return message


def test_an_event_makes_its_way_to_all_who_wait(stack: Stack, caller: Credentials) -> None:
    order = "so-1"
    with connection(stack, caller) as sender, connection(stack, caller) as other:
        created = dispatch(sender, order, CREATED)
        pushed = {"id": order, "version": 1, "state": STATE}
        for waiting in (sender, other):
            message = received(waiting, eventId=created)
            assert message == {**pushed, "eventId": created, "status": "applied"}

        refused = received(sender, eventId=dispatch(sender, order, line_added("tea")))
        assert (refused["status"], refused["version"]) == ("rejected", 1)
        assert refused["problem"]["code"] == "line-exists"

        added = received(other, eventId=dispatch(sender, order, line_added("cup")))
        assert (added["status"], added["version"]) == ("applied", 2)

        sender.send(json.dumps({"action": "get", "id": order, "requestId": "r-1"}))
        read = received(sender, requestId="r-1")
        assert read == {"requestId": "r-1", **{name: added[name] for name in pushed}}

        dynamodb = stack.cloud.client("dynamodb")
        key = {"id": {"S": order}, "eventId": {"S": created}}
        event = dynamodb.get_item(TableName=stack.outputs["EventsTableName"], Key=key)["Item"]
        assert (event["status"], event["version"]) == ({"S": "applied"}, {"N": "1"})
        connections = stack.outputs["ConnectionsTableName"]
        assert dynamodb.scan(TableName=connections)["Count"] == 2
    eventually(lambda: dynamodb.scan(TableName=connections)["Count"] == 0)


def test_without_a_signature_or_a_policy_nobody_gets_in(stack: Stack) -> None:
    for stranger in (Open(), iam_user(stack.cloud, may_call=None)):
        with pytest.raises(InvalidStatus) as refusal, connection(stack, stranger):
            pytest.fail("connected")
        assert refusal.value.response.status_code == 403


def test_plain_delete_takes_everything_along(streamed: Sam, stack: Stack) -> None:
    resources = stack.resources
    assert "Deleted successfully" in streamed.delete()
    events = stack.last_events
    assert {events[name] for name in resources} == {"DELETE_COMPLETE"}
    tables = stack.cloud.client("dynamodb").list_tables()["TableNames"]
    assert [name for name in tables if name.startswith(STACK)] == []
