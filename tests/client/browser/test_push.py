"""Changes by others reach a page as they happen, over a real WebSocket."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.client.browser.conftest import pushing_project
from tests.client.browser.counter_page import CounterPage, bundle_counter, serve
from tests.client.browser.stream import Stream
from tests.integration.test_dev_server import dev_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext

pytestmark = [pytest.mark.engine, pytest.mark.browser]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page's script."""
    return bundle_counter(tmp_path_factory.mktemp("counter"))


@pytest.fixture(scope="module")
def pushing_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dev server that pushes."""
    with dev_server(pushing_project(tmp_path_factory.mktemp("pushing"))) as server:
        yield server.url
        server.stop()


@pytest.fixture
def stream(pushing_url: str) -> Stream:
    """A counter at 1."""
    stream = Stream(pushing_url, "counters", f"c-{uuid.uuid4().hex}")
    stream.dispatch({"type": "counter/stepped", "payload": {"by": 1}})
    return stream


@pytest.fixture
def person(
    new_context: Callable[..., BrowserContext], pushing_url: str, script: str
) -> Callable[[], BrowserContext]:
    """Return the browser of another person each time."""

    def make() -> BrowserContext:
        context = new_context(pushing_url)
        serve(context, script)
        return context

    return make


def live(context: BrowserContext, stream: Stream) -> CounterPage:
    tab = CounterPage(context, stream.id, is_pushed=True)
    tab.expect(status="live")
    return tab


def test_what_one_does_is_on_the_others_screen_without_a_request(
    person: Callable[[], BrowserContext], stream: Stream
) -> None:
    ada, grace = live(person(), stream), live(person(), stream)
    requests: list[str] = []
    grace.page.on("request", lambda request: requests.append(request.url))
    ada.step(2)
    ada.step(3)
    grace.expect(status="live", version=3, count=6)
    assert requests == []
    grace.step(4)
    for tab in (ada, grace):
        tab.expect(status="live", version=4, count=10)


def test_what_happens_while_a_page_is_off_line_is_shown_when_it_is_back(
    person: Callable[[], BrowserContext], stream: Stream
) -> None:
    ada, grace = live(person(), stream), live(person(), stream)
    grace.page.context.set_offline(True)
    grace.expect(status="offline")
    grace.step(2)
    ada.step(3)
    ada.expect(version=2, count=4)
    grace.page.context.set_offline(False)
    for tab in (ada, grace):
        tab.expect(status="live", version=3, count=6)


def test_tabs_share_a_connection_and_pass_it_on(
    person: Callable[[], BrowserContext], stream: Stream
) -> None:
    browser = person()
    sockets: list[str] = []
    browser.on("page", lambda page: page.on("websocket", lambda socket: sockets.append(socket.url)))
    first, second = live(browser, stream), live(browser, stream)
    stream.dispatch({"type": "counter/stepped", "payload": {"by": 2}})
    for tab in (first, second):
        tab.expect(status="live", version=2, count=3)
    assert len(sockets) == 1
    first.page.close()
    second.page.wait_for_function("() => shown().status !== 'live'")
    second.expect(status="live")
    stream.dispatch({"type": "counter/stepped", "payload": {"by": 3}})
    second.expect(status="live", version=3, count=6)
    assert len(sockets) == 2
