"""`roundtrip dev` follows commits: listeners, their queue, and clients on WebSockets."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from roundtrip_devtools.following.queue import ATTEMPTS
from tests.integration.test_dev_server import DEADLINE_S, DevServer, dev_server, get
from tests.orders import CREATED, line_added
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

RAISES: Final = 'raise ValueError("no such article")'
FOLLOWERS: Final = f"""
from app.stores import STORES
from roundtrip import Action
from roundtrip.follower_app import Followers
from roundtrip.followers import listener


@listener("salesOrders/created")
def greeting(event, context):
    with context.once("mail") as first:
        if first:
            print("Mail to", context.state["customer"])
    line = {{"sku": "gift", "quantity": 1, "unitPriceCents": 0}}
    context.dispatch(Action("salesOrders/lineAdded", line))


@listener("salesOrders/lineAdded")
def counted(event, context):
    if event.action.payload["sku"] == "poison":
        {RAISES}


followers = Followers(STORES, [greeting, counted])
"""
CHANGE: Final = """
from roundtrip.followers import listener as _listener

followers = Followers(STORES, [greeting, counted, _listener("salesOrders/deleted")(print)])
"""


class Caller:
    """A user of a server."""

    def __init__(self, server: DevServer, user: str) -> None:
        answer = httpx.post(f"{server.url}/_roundtrip/tokens", json={"user": user})
        token = answer.json()["token"]
        self._url = server.url
        self._headers = {"authorization": f"Bearer {token}"}

    def post(self, path: str, document: Any = None) -> httpx.Response:
        url = self._url + path
        answer = httpx.post(url, json=document, headers=self._headers, timeout=DEADLINE_S)
        return answer.raise_for_status()

    def dispatch(self, order: str, *actions: dict[str, Any]) -> None:
        self.post(f"/stores/salesOrders/{order}/actions", list(actions))

    def ticket(self) -> str:
        answer = self.post("/sockets").json()
        return f"{answer['url']}?ticket={answer['ticket']}"


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module of the followers in a project."""
    tree = make_project(tmp_path_factory.mktemp("following") / "project")
    return tree / "src" / "service" / "app" / "followers.py"


@pytest.fixture(scope="module", params=["ministack", "dynamodb-local"])
def server(request: pytest.FixtureRequest, code: Path) -> Iterator[DevServer]:
    code.write_text(FOLLOWERS)
    tree = code.parents[3]
    with dev_server(tree, "--auth", "jwt", "--engine", request.param, AUTH_MODE="") as server:
        yield server
        server.stop()


@pytest.fixture(scope="module")
def ada(server: DevServer) -> Caller:
    return Caller(server, "ada")


def listeners(server: DevServer) -> Any:
    return get(f"{server.url}/_roundtrip/listeners").json()


def calls(server: DevServer, order: str, listener: str) -> list[Any]:
    """Return the calls of a listener for an order, oldest first."""
    found = listeners(server)["calls"][::-1]
    return [call for call in found if (call["id"], call["listener"]) == (order, listener)]


def wait_until(expected: Any, asked: Any) -> None:
    """Ask until the answer is the expected one."""
    deadline_s = time.monotonic() + DEADLINE_S
    while (answer := asked()) != expected:
        assert time.monotonic() < deadline_s, answer
        time.sleep(0.05)


def follow(socket: ClientConnection, order: str) -> Any:
    streams = [{"store": "salesOrders", "id": order}]
    socket.send(json.dumps({"type": "follow", "streams": streams}))
    return receive(socket)


def receive(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=DEADLINE_S))


def test_a_commit_pokes_those_who_follow_its_stream(server: DevServer, ada: Caller) -> None:
    grace = Caller(server, "grace")
    with connect(ada.ticket()) as hers, connect(grace.ticket()) as others:
        for socket in (hers, others):
            [stream] = follow(socket, "poked")["streams"]
            assert stream == {"store": "salesOrders", "id": "poked", "version": 0}
        ada.dispatch("poked", CREATED)
        pokes = [receive(hers), receive(hers)]
        assert [(poke["type"], poke["version"], poke["since"]) for poke in pokes] == [
            ("poke", 1, 0),
            ("poke", 2, 1),
        ]
        [event] = pokes[1]["events"]
        assert (event["type"], event["actor"]) == ("salesOrders/lineAdded", "listener:greeting")
        # Grace's tenant has another stream of this name, and hears only of that one.
        grace.dispatch("poked", CREATED, line_added("hers"))
        assert [event["type"] for event in receive(others)["events"]] == [
            "salesOrders/created",
            "salesOrders/lineAdded",
        ]


def test_tickets_open_one_connection_of_short_messages(server: DevServer, ada: Caller) -> None:
    ticket = ada.ticket()
    with connect(ticket) as socket:
        for url in (ticket, ticket.partition("?")[0], ticket.replace("sockets-ws", "other")):
            with pytest.raises(InvalidStatus) as refused, connect(url):
                pass
            assert refused.value.response.status_code == 403
        socket.send(json.dumps({"type": "ping"}))
        assert receive(socket) == {"type": "pong"}
        socket.send("x" * (32 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=DEADLINE_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    assert httpx.post(f"{server.url}/sockets").status_code == 401


def test_listeners_are_called_in_order(server: DevServer, ada: Caller) -> None:
    ada.dispatch("heard", CREATED)
    for number in range(5):
        ada.dispatch("heard", line_added(f"line-{number}"))
    wait_until(6, lambda: len(calls(server, "heard", "counted")))
    versions = [call["version"] for call in calls(server, "heard", "counted")]
    assert versions == [2, 3, 4, 5, 6, 7]
    [greeting] = calls(server, "heard", "greeting")
    assert (greeting["type"], greeting["error"]) == ("salesOrders/created", None)
    assert (greeting["printed"], greeting["once"]) == ("Mail to Ada\n", ["mail"])
    [dispatched] = greeting["dispatched"]
    assert (dispatched["type"], dispatched["refused"]) == ("salesOrders/lineAdded", None)
    assert "Mail to Ada\n" in server.output


def test_a_dead_letter_is_redriven_after_a_change_of_the_code(
    server: DevServer, ada: Caller, code: Path
) -> None:
    server.expected_traceback = "no such article"
    ada.dispatch("sick", CREATED)
    wait_until(1, lambda: len(calls(server, "sick", "counted")))
    ada.dispatch("sick", line_added("poison"))
    ada.dispatch("sick", line_added("behind"))
    ada.dispatch("well", CREATED)
    wait_until(1, lambda: len(listeners(server)["dead"]))
    [dead] = listeners(server)["dead"]
    assert (dead["id"], dead["version"], dead["attempts"]) == ("sick", 3, ATTEMPTS)
    assert dead["error"] == (
        "ValueError: no such article (listener counted, salesOrders/lineAdded)"
    )
    wait_until(ATTEMPTS + 2, lambda: len(calls(server, "sick", "counted")))
    heard = [(call["version"], call["error"] is None) for call in calls(server, "sick", "counted")]
    # What is behind it in its stream waited; another stream did not.
    assert heard == [(2, True), *[(3, False)] * ATTEMPTS, (4, True)]
    order = [call["id"] for call in listeners(server)["calls"] if call["listener"] == "counted"]
    assert order.index("sick") < order.index("well")

    code.write_text(code.read_text().replace(RAISES, "pass") + CHANGE)
    wait_until(["greeting", "counted", "print"], lambda: listeners(server)["listeners"])
    assert len(listeners(server)["dead"]) == 1
    redriven = httpx.post(f"{server.url}/_roundtrip/listeners/redrive", timeout=DEADLINE_S)
    assert redriven.json() == {"redriven": 1}
    wait_until(ATTEMPTS + 3, lambda: len(calls(server, "sick", "counted")))
    assert calls(server, "sick", "counted")[-1]["error"] is None
    wait_until(([], []), lambda: (listeners(server)["waiting"], listeners(server)["dead"]))
