from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from roundtrip.followers.poster import Gone
from roundtrip_devtools.following.sockets import OpenSockets, SocketFront

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_S = 60


class Api:
    """A function behind the WebSocket API, which remembers its events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.status = 200
        self.url = ""
        self.ended = threading.Event()
        self.connections = OpenSockets()

    def handle(self, event: dict[str, Any], _context: None) -> dict[str, Any]:
        self.events.append(event)
        context = event["requestContext"]
        match context["eventType"], event.get("body"):
            case "DISCONNECT", _:
                self.ended.set()
            case _, "fail":
                raise ValueError("broken")
            case "MESSAGE", body:
                self.connections.post(context["connectionId"], f"got {body}")
        return {"statusCode": self.status}

    def refusal(self, path: str) -> int:
        with pytest.raises(InvalidStatus) as refused, connect(self.url + path):
            pass
        return refused.value.response.status_code

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
            front = SocketFront(self.handle, self.connections)
            config = uvicorn.Config(front, ws="websockets-sansio", lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            try:
                yield
            finally:
                server.should_exit = True
                thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with api.serving():
        yield api


def test_the_events_of_a_connection(api: Api) -> None:
    with connect(f"{api.url}/sockets-ws?ticket=t%201") as client:
        client.send("one")
        assert client.recv(DEADLINE_S) == "got one"
        client.send(b"two")
        assert client.recv(DEADLINE_S) == "got two"
    assert api.ended.wait(DEADLINE_S)
    contexts = [event["requestContext"] for event in api.events]
    assert [context["routeKey"] for context in contexts] == [
        "$connect",
        "$default",
        "$default",
        "$disconnect",
    ]
    [connection] = {context["connectionId"] for context in contexts}
    assert len(connection) == 16
    assert api.events[0]["queryStringParameters"] == {"ticket": "t 1"}
    assert [event["body"] for event in api.events[1:3]] == ["one", "two"]
    with pytest.raises(Gone):
        api.connections.post(connection, "late")


def test_what_the_function_refuses_is_not_connected(api: Api) -> None:
    for status in (429, 403):
        api.status = status
        assert api.refusal("/sockets-ws") == status
    assert api.events[0]["queryStringParameters"] is None
    assert api.refusal("/other") == 403
    assert len(api.events) == 2


def test_a_function_that_fails(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(f"{api.url}/sockets-ws") as client:
        client.send("fail")
        answer = json.loads(client.recv(DEADLINE_S))
        assert answer.pop("message") == "Internal server error"
        assert answer.keys() == {"connectionId", "requestId"}
        client.send("then")
        assert client.recv(DEADLINE_S) == "got then"
    assert "ValueError: broken" in capsys.readouterr().err
