"""The dev server shows its streams to monitors of the real ``@redux-devtools/cli``."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from roundtrip_devtools.newproject import new_project
from roundtrip_devtools.redux_devtools.socketcluster import Socket, connected
from tests import checkout
from tests.client.redux_devtools_cli import redux_devtools
from tests.integration.test_dev_server import (
    DEADLINE_S,
    DevServer,
    dev_server,
    free_port,
    wait_for_answer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

COMPLETED = {"type": "tasks/completed"}
OPEN, DONE = {"title": "Call Ada", "done": False}, {"title": "Call Ada", "done": True}


class Monitor:
    """What a monitor is told: the messages of other programs."""

    def __init__(self, socket: Socket) -> None:
        socket.invoke("#subscribe", {"channel": socket.invoke("login", {})})
        self._messages = socket.published()
        self._socket = socket
        self.start()

    def start(self, receiver: str | None = None) -> None:
        """Ask all or one for what they show."""
        channel = f"sc-{receiver}" if receiver else "respond"
        self._socket.transmit(channel, {"type": "START", "id": receiver})

    def next(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind; as Redux DevTools, answer who begins."""
        for message in self._messages:
            if message["type"] == "START":
                self.start(message["id"])
            if message["type"] == kind:
                return dict(message)
        raise AssertionError("closed")

    def history(self, name: str, last: Any) -> tuple[list[str], list[Any]]:
        """Return the actions and states of a stream that is shown anew, up to a last state.

        Two programs that begin at the same time ask each other: one history may come twice.
        """
        while True:
            message = self.next("STATE")
            lifted = json.loads(message["payload"])
            assert lifted["stagedActionIds"] == [*map(int, lifted["actionsById"])]
            assert lifted["nextActionId"] == lifted["currentStateIndex"] + 1
            states = [one["state"] for one in lifted["computedStates"]]
            if (message["name"], states[-1]) == (name, last):
                return [one["action"]["type"] for one in lifted["actionsById"].values()], states

    def action(self) -> tuple[str, int, dict[str, Any], Any]:
        """Return the next action: the stream's name, its number, itself, the state after it."""
        message = self.next("ACTION")
        performed, state = json.loads(message["action"]), json.loads(message["payload"])
        return message["name"], message["nextActionId"] - 1, performed["action"], state


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[DevServer]:
    """A dev server of a new project; Redux DevTools does not run yet."""
    project = new_project("my-app", tmp_path)
    sources = ("src/service", str(checkout.SERVICE_DIR), str(checkout.DEVTOOLS_DIR))
    address, path = f"127.0.0.1:{port}", os.pathsep.join(sources)
    with dev_server(project, "--devtools", address, PYTHONPATH=path) as one:
        yield one
        one.stop()


@contextlib.contextmanager
def monitored(port: int) -> Iterator[Monitor]:
    with redux_devtools(port), connected(f"127.0.0.1:{port}") as socket:
        yield Monitor(socket)


def post(server: DevServer, path: str, body: Any) -> httpx.Response:
    return httpx.post(server.url + path, json=body, timeout=DEADLINE_S)


def test_streams_are_shown_live_and_after_interruptions(
    server: DevServer, port: int, tmp_path: Path
) -> None:
    server.wait_for(f"Redux DevTools: nothing at 127.0.0.1:{port}")
    assert post(server, "/tasks", {"id": "t-1", "title": "Call Ada"}).status_code == 201

    with monitored(port) as monitor:
        created = ["@@INIT", "tasks/created"]
        assert monitor.history("tasks/t-1", OPEN) == (created, [None, OPEN])

        assert post(server, "/stores/tasks/t-1/actions", [COMPLETED, COMPLETED]).is_success
        name, number, action, state = monitor.action()
        assert (name, number, state) == ("tasks/t-1", 2, DONE)
        assert (action["type"], action["version"]) == ("tasks/completed", 2)
        name, number, action, state = monitor.action()
        assert (name, number, state) == ("tasks/t-1", 3, DONE)
        assert action["type"] == "tasks/completed (rejected)"
        assert action["problem"]["code"] == "task-done"

        assert post(server, "/tasks", {"id": "t-2", "title": "Call Ada"}).status_code == 201
        assert monitor.history("tasks/t-2", OPEN) == (created, [None, OPEN])

        main = tmp_path / "my-app" / "src" / "service" / "app" / "main.py"
        main.write_text(main.read_text() + "\n\nRELOADED = True\n")
        assert monitor.history("tasks/t-1", DONE)[1][0] is None
        assert monitor.history("tasks/t-2", OPEN) == (created, [None, OPEN])

    assert httpx.delete(f"{server.url}/tasks/t-2", timeout=DEADLINE_S).status_code == 204
    with monitored(port) as monitor:
        history = ["@@INIT", "tasks/created", "tasks/completed"]
        assert monitor.history("tasks/t-1", DONE) == (history, [None, OPEN, DONE])
    wait_for_answer(f"{server.url}/tasks/t-1", status=200, text="Call Ada")


def test_a_long_history_is_shown_by_its_end(server: DevServer, port: int) -> None:
    renamed = [{"type": "tasks/updated", "payload": {"title": f"{n}"}} for n in range(2, 41)]
    post(server, "/tasks", {"id": "t-1", "title": "1"})
    assert post(server, "/stores/tasks/t-1/actions", renamed).json()["version"] == 40

    with monitored(port) as monitor:
        actions, states = monitor.history("tasks/t-1", {"title": "40", "done": False})
        assert len(actions) == 31
        assert [state["title"] for state in states] == [str(n) for n in range(10, 41)]

        many = [{"type": "tasks/updated", "payload": {"title": f"{n}"}} for n in range(41, 91)]
        post(server, "/stores/tasks/t-1/actions", many)
        actions, states = monitor.history("tasks/t-1", {"title": "90", "done": False})
        assert len(actions) == 31
        assert [state["title"] for state in states] == [str(n) for n in range(60, 91)]
