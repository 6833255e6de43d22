"""What follows commits, deployed: listeners, their dead letters, and pokes over WebSockets."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from roundtrip.storage.dynamodb.socket_items import ticket_item
from roundtrip.storage.sockets import Ticket, ticket_digest
from roundtrip_devtools.credentials import Open
from tests import checkout
from tests.e2e.deploy import limits, switches
from tests.e2e.deploy.callers import issuer
from tests.e2e.deploy.cloud import ARCHITECTURE, eventually
from tests.e2e.targets import LOOPBACK, new_client
from tests.integration.test_dev_server import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from roundtrip_devtools.smoke.client import Client
    from tests.e2e.deploy.cloud import Cloud
    from tests.e2e.deploy.sam import Sam, Stack

pytestmark = [pytest.mark.engine, pytest.mark.sam]

STACK = "roundtrip-dev"
TENANTS = {"ada": "one", "mallory": "two"}


@pytest.fixture(scope="module")
def clients(sam: Sam, cloud: Cloud) -> tuple[Stack, dict[str, Client]]:
    """Deploy the application with all that follows commits; sign a user of each tenant in."""
    app = sam.directory / "src" / "service" / "app"
    shutil.copy(switches.__file__, app / "stores.py")
    shutil.copy(checkout.SERVICE_DIR / "app" / "followers.py", app)
    (app / "listeners.py").write_text("from app.stores import LISTENERS\n", "utf-8")
    limits.prepare_followers(sam.directory, cloud)
    people = issuer(cloud)
    application = people.application()
    sam.make_build()
    stack = sam.deploy(
        STACK,
        parameters={
            **sam.profile("default"),
            "AuthMode": "JWT",
            "JwtIssuer": people.url,
            "JwtAudience": application,
            "JwtTenantClaim": "custom:tenant",
            "Architecture": ARCHITECTURE,
            "Listeners": "true",
            "Push": "true",
        },
    )
    limits.hasten(stack)
    url = stack.outputs["ApiUrl"]
    signed_in = {
        name: new_client(url, people.token(people.user(name, tenant=tenant), application))
        for name, tenant in TENANTS.items()
    }
    return stack, signed_in


@pytest.fixture
def stack(clients: tuple[Stack, dict[str, Client]]) -> Stack:
    return clients[0]


@pytest.fixture
def ada(clients: tuple[Stack, dict[str, Client]]) -> Client:
    return clients[1]["ada"]


@pytest.fixture
def mallory(clients: tuple[Stack, dict[str, Client]]) -> Client:
    return clients[1]["mallory"]


def turn(client: Client, *names: str, by: str = "somebody") -> None:
    for name in names:
        action = {"type": "switch/turned", "payload": by}
        answer = client.send("POST", f"/stores/switches/{name}/actions", action)
        assert answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}, answer.body


def journal(client: Client, name: str) -> list[int]:
    answer = client.send("GET", f"/stores/journals/{name}")
    if answer.status == HTTPStatus.NOT_FOUND:
        return []
    state: list[int] = answer.expect(HTTPStatus.OK).document["state"]
    return state


def waiting(stack: Stack, queue: str) -> int:
    answer = stack.cloud.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs[queue],
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )
    return sum(map(int, answer["Attributes"].values()))


def test_listeners_hear_each_stream_in_order(ada: Client, mallory: Client) -> None:
    streams = ("a", "b", "c")
    for _ in range(4):
        turn(ada, *streams)
    turn(mallory, "a")
    eventually(lambda: all(len(journal(ada, name)) >= 4 for name in streams))
    assert [journal(ada, name) for name in streams] == [[1, 2, 3, 4]] * 3
    # The same name in another tenant is another stream.
    eventually(lambda: journal(mallory, "a") == [1])


def test_one_stream_whose_listener_fails_is_alone_among_the_dead_letters(
    stack: Stack, ada: Client
) -> None:
    turn(ada, switches.POISON, "healthy", switches.POISON, "healthy")
    eventually(lambda: waiting(stack, "DeadLettersUrl") == 2)
    assert journal(ada, switches.POISON) == []
    eventually(lambda: journal(ada, "healthy") == [1, 2])
    assert waiting(stack, "ListenerQueueUrl") == waiting(stack, "DiscardedUrl") == 0

    mend(stack)
    assert redrive(stack) == [
        f"switches/{switches.POISON} from version 1",
        f"switches/{switches.POISON} from version 2",
        "2 messages were sent again.",
    ]
    eventually(lambda: journal(ada, switches.POISON) == [1, 2])
    assert waiting(stack, "DeadLettersUrl") == 0


def mend(stack: Stack) -> None:
    function, name = stack.cloud.client("lambda"), stack.resource("Listener")
    variables = function.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    environment = {"Variables": {**variables, switches.MENDED: "yes"}}
    function.update_function_configuration(FunctionName=name, Environment=environment)


def redrive(stack: Stack) -> list[str]:
    command = [sys.executable, "-m", "roundtrip_devtools", "redrive"]
    done = subprocess.run(
        [*command, stack.outputs["ListenerQueueUrl"]],
        env={
            **stack.cloud.environ,
            "PYTHONPATH": f"{checkout.SERVICE_DIR}:{checkout.DEVTOOLS_DIR}",
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextlib.contextmanager
def connection(stack: Stack, query: str) -> Iterator[ClientConnection]:
    path = f"{stack.resource('SocketApi')}.execute-api.localhost:{stack.cloud.port}/live{query}"
    # Its host is not for the resolver.
    transport = socket.create_connection((LOOPBACK, stack.cloud.port))
    # A first connection starts a container of the emulator.
    with connect(f"ws://{path}", sock=transport, proxy=None, open_timeout=DEADLINE_S) as one:
        yield one


def ticket(client: Client) -> str:
    document = client.send("POST", "/sockets").expect(HTTPStatus.CREATED).document
    assert document["url"].startswith("ws://")
    return f"?ticket={document['ticket']}"


def follow(one: ClientConnection, name: str) -> dict[str, Any]:
    one.send(json.dumps({"type": "follow", "streams": [{"store": "switches", "id": name}]}))
    message = received(one)
    assert message["type"] == "following", message
    (stream,) = message["streams"]
    found: dict[str, Any] = stream
    return found


def received(one: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(one.recv(timeout=DEADLINE_S))
    return message


def test_pokes_reach_who_follows_and_no_other_tenant(
    stack: Stack, ada: Client, mallory: Client
) -> None:
    turn(ada, "lamp", by="ada")
    with (
        connection(stack, ticket(ada)) as hers,
        connection(stack, ticket(ada)) as other_tab,
        connection(stack, ticket(mallory)) as foreign,
    ):
        known = {"store": "switches", "id": "lamp"}
        assert follow(hers, "lamp") == follow(other_tab, "lamp") == {**known, "version": 1}
        # It has this name in the other tenant, too, and is another stream.
        assert follow(foreign, "lamp") == {**known, "version": 0}

        turn(ada, "lamp", by="ada")
        for one in (hers, other_tab):
            poke = received(one)
            assert poke.items() >= {**known, "type": "poke", "version": 2, "since": 1}.items()
            assert [event["payload"] for event in poke["events"]] == ["ada"]
        turn(mallory, "lamp", by="mallory")
        # Pokes come in the order of the commits: that of the other tenant would have come before.
        poke = received(foreign)
        assert (poke["version"], poke["events"][0]["payload"]) == (1, "mallory")
        turn(ada, "lamp", by="ada")
        assert received(hers)["version"] == received(other_tab)["version"] == 3


def test_a_connection_that_is_gone_is_poked_no_more(stack: Stack, ada: Client) -> None:
    with connection(stack, ticket(ada)) as one:
        follow(one, "left")
    with connection(stack, ticket(ada)) as other:
        assert follow(other, "left")["version"] == 0
        turn(ada, "left")
        assert received(other)["version"] == 1
    key = {":pk": {"S": "follow#jwt-tenant:one#switches#left"}}

    def followers() -> int:
        answer = stack.cloud.client("dynamodb").query(
            TableName=stack.outputs["TableName"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=key,
        )
        return int(answer["Count"])

    eventually(lambda: followers() == 0)


def refused(stack: Stack, query: str) -> int:
    with pytest.raises(InvalidStatus) as refusal, connection(stack, query):
        pytest.fail("connected")
    return refusal.value.response.status_code


def test_only_a_ticket_opens_a_connection_and_only_once(stack: Stack, ada: Client) -> None:
    used = ticket(ada)
    with connection(stack, used):
        pass
    for query in ("", "?ticket=", f"?ticket={'0' * 64}", used):
        assert refused(stack, query) == HTTPStatus.FORBIDDEN, query


def test_a_ticket_that_is_late_opens_nothing(stack: Stack) -> None:
    now_s = int(time.time())
    secrets = {"1" * 64: now_s - 1, "2" * 64: now_s + 60}
    for secret, expires_at_s in secrets.items():
        made = Ticket(
            digest=ticket_digest(secret),
            own="jwt-user:ada",
            tenant="jwt-tenant:one",
            until_s=now_s + 60,
            expires_at_s=expires_at_s,
        )
        # Written as the API writes it, so that nobody has to wait until one is late.
        stack.cloud.client("dynamodb").put_item(
            TableName=stack.outputs["TableName"], Item=ticket_item(made)
        )
    late, timely = secrets
    assert refused(stack, f"?ticket={late}") == HTTPStatus.FORBIDDEN
    with connection(stack, f"?ticket={timely}") as one:
        assert follow(one, "a")["store"] == "switches"


def test_without_a_token_nobody_gets_a_ticket(stack: Stack) -> None:
    stranger = new_client(stack.outputs["ApiUrl"], Open())
    assert stranger.send("POST", "/sockets").status == HTTPStatus.UNAUTHORIZED


def test_delete_takes_all_of_it_along(sam: Sam, stack: Stack) -> None:
    resources = stack.resources
    assert "Deleted successfully" in sam.delete()
    events = stack.last_events
    assert {events[name] for name in resources} == {"DELETE_COMPLETE", "DELETE_SKIPPED"}
    assert stack.cloud.client("sqs").list_queues().get("QueueUrls", []) == []
