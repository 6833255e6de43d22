"""The server is killed with all its processes while a page sends, and restarted on its port."""

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
    """A dev server with DynamoDB Local, whose data survive a kill."""

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
        """Kill the server, its worker and its engine at once."""
        family = descendants(self._server.process.pid)
        send(signal.SIGSTOP, family - engines(family))
        # DynamoDB Local answers a transaction shortly before it is in its file. Writes reach the
        # file in order, so once this item is written, everything that the page was told is kept.
        endpoint_url = self._server.wait_for(r"dynamodb-local at (\S+);")
        item = {"pk": {"S": "test"}, "sk": {"S": uuid.uuid4().hex}}
        make_client(endpoint_url).put_item(TableName=TABLE_NAME, Item=item)
        send(signal.SIGKILL, family)
        self._running.close()
        wait_until_gone(family)


def send(number: signal.Signals, pids: set[int]) -> None:
    for pid in pids:
        # A process may have ended in the meantime.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def engines(pids: set[int]) -> set[int]:
    """Return the processes that run Java."""
    return {pid for pid in pids if "java" in Path(f"/proc/{pid}/comm").read_text()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server for this test only."""
    server = Server(copy_project(tmp_path / "project"))
    yield server
    server.kill()


def before_receipt(route: Route, server: Server) -> None:
    """Kill the server before it receives the request."""
    server.kill()
    route.continue_()


def during_receipt(route: Route, server: Server) -> None:
    """Kill the server while it receives the request."""
    route.continue_()
    server.kill()


def after_commit(route: Route, server: Server) -> None:
    """Kill the server after its commit, before it responds."""
    route.fetch()
    server.kill()
    route.abort()


def test_all_actions_arrive_once_in_order_although_the_server_is_killed_repeatedly(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    order = Stream(server.url, "salesOrders", f"so-{uuid.uuid4().hex}")
    context = new_context(server.url)
    deaths = [before_receipt, during_receipt, after_commit]
    waiting: list[Callable[[Route, Server], None]] = []

    def serve(route: Route) -> None:
        # The first request of a round gets a response: the server dies between two batches.
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
