"""The server dies with all that belongs to it while a page sends, and comes back on its port."""

from __future__ import annotations

import contextlib
import os
import signal
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roundtrip_devtools.environment import TABLE_NAME
from tests.client.browser.stream import Stream
from tests.engines_fixtures import make_client
from tests.examples.browser.example_tab import ExampleTab
from tests.examples.browser.traffic import Sends
from tests.integration.processes import descendants, wait_until_gone
from tests.integration.test_dev_server import dev_server, free_port
from tests.projects import copy_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Route

pytestmark = [
    pytest.mark.engine,
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="needs Linux's /proc"),
]


class Server:
    """A dev server with DynamoDB Local, which a kill does not empty."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._port = free_port()
        self._running = contextlib.ExitStack()
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        serving = dev_server(self._tree, "--engine", "dynamodb-local", PORT=str(self._port))
        self._server = self._running.enter_context(serving)

    def kill(self) -> None:
        """End the server, its worker and its engine at once, without a word."""
        family = descendants(self._server.process.pid)
        send(signal.SIGSTOP, family - engines(family))
        # DynamoDB Local answers a transaction a moment before it is in its file. What is written
        # after it is in there later, so that all that the page can have heard of is kept.
        endpoint_url = self._server.wait_for(r"dynamodb-local at (\S+);")
        item = {"pk": {"S": "test"}, "sk": {"S": uuid.uuid4().hex}}
        make_client(endpoint_url).put_item(TableName=TABLE_NAME, Item=item)
        send(signal.SIGKILL, family)
        self._running.close()
        wait_until_gone(family)


def send(number: signal.Signals, pids: set[int]) -> None:
    for pid in pids:
        # One that is not the server's own child may have ended meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def engines(pids: set[int]) -> set[int]:
    """Return those of the processes that run Java."""
    return {pid for pid in pids if "java" in Path(f"/proc/{pid}/comm").read_text()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    server = Server(copy_project(tmp_path / "project"))
    yield server
    server.kill()


def unheard(route: Route, server: Server) -> None:
    """Kill the server before it hears of the request."""
    server.kill()
    route.continue_()


def unknown(route: Route, server: Server) -> None:
    """Kill the server as it hears of the request."""
    route.continue_()
    server.kill()


def committed(route: Route, server: Server) -> None:
    """Kill the server after it has committed, before the page hears of it."""
    route.fetch()
    server.kill()
    route.abort()


def test_all_arrive_once_in_order_however_often_the_server_is_killed(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    order = Stream(server.url, "salesOrders", f"so-{uuid.uuid4().hex}")
    context = new_context(server.url)
    deaths = [unheard, unknown, committed]
    waiting: list[Callable[[Route, Server], None]] = []

    def serve(route: Route) -> None:
        # The first request of a round is answered, so that the server dies between two batches.
        if waiting and len(sends.routes) > answered:
            waiting.pop()(route, server)
        else:
            route.continue_()

    sends = Sends(context, serve)
    tab = ExampleTab(context, order)
    answered = 1
    actions = [tab.create_order(), tab.add_line("tea")]
    tab.expect_synced()
    quantity = 1
    for death in deaths:
        answered = len(sends.routes) + 1
        waiting.append(death)
        round_ = range(quantity + 1, quantity + 16)
        actions += tab.change_quantities("tea", round_)
        quantity = round_[-1]
        tab.expect_status("offline")
        assert waiting == []
        server.start()
        tab.click("Sync now")
        tab.expect_synced()
        assert order.actions() == actions
    tab.expect_lines_of(order.state())
