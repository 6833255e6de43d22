"""Fixtures that open the page in a real Chromium."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import checkout
from tests.client.browser.chromium import Chromium, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, ConsoleMessage, ViewportSize, WebError

# Keeps a page that hangs from hanging the tests; longer than any backoff.
DEADLINE_MS = 30_000
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
expect.set_options(timeout=DEADLINE_MS)

# Playwright adds headless mode and --no-sandbox. The sandbox protects against untrusted pages,
# which these tests do not open, and it does not work for root, in containers and on some systems.
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@pytest.fixture(scope="session")
def build() -> Chromium:
    """The browser's files. Requires that the page is built."""
    assert (checkout.STATE_DIR / "page" / "index.html").is_file(), (
        "The page is not built: make page."
    )
    return chromium()


_running = contextlib.ExitStack()
_browsers: list[Browser] = []


@pytest.fixture
def browser(build: Chromium) -> Browser:
    """The Chromium of this process; the first test starts it."""
    if not _browsers:
        playwright = _running.enter_context(sync_playwright())
        started = playwright.chromium.launch(
            executable_path=build.executable,
            args=_ARGUMENTS,
            env={**os.environ, **build.environment},
        )
        _running.callback(started.close)
        _browsers.append(started)
    return _browsers[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close Chromium before a test of another kind.

    Playwright's synchronous API keeps an event loop running in this thread, so such a test could
    not run its own.
    """
    if nextitem is None or nextitem.get_closest_marker("browser") is None:
        _browsers.clear()
        _running.close()


class Complaints:
    """Errors and warnings on the pages' consoles."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def take(self, text: str) -> None:
        """Expect exactly one complaint, which contains a text, and remove it."""
        assert [complaint for complaint in self.all if text in complaint] == self.all
        assert len(self.all) == 1
        self.all.clear()

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._log)
        context.on("weberror", self._catch)

    def _log(self, message: ConsoleMessage) -> None:
        path = urlsplit(message.location["url"]).path
        # The browser logs each error response of the API, and each WebSocket that fails; the tests
        # check the page's reaction.
        is_response = message.text.startswith("Failed to load resource") and _is_of_the_api(path)
        is_network = is_response or message.text.startswith("WebSocket connection to")
        if message.type in {"error", "warning"} and not is_network:
            self.all.append(f"{message.type}: {message.text} ({path})")

    def _catch(self, error: WebError) -> None:
        self.all.append(str(error.error))


def _is_of_the_api(path: str) -> bool:
    return not path.startswith("/_page/")


@pytest.fixture
def complaints() -> Complaints:
    """The complaints of the test's pages; none may be left at its end."""
    return Complaints()


@pytest.fixture
def new_context(
    browser: Browser, complaints: Complaints, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Open browser contexts with separate storage; fail if a page has complained.

    Saves a screenshot of each open tab in the test's temporary directory.
    """
    made: list[BrowserContext] = []

    def make(base_url: str, **options: Any) -> BrowserContext:
        context = browser.new_context(base_url=base_url, **options)
        context.set_default_timeout(DEADLINE_MS)
        complaints.watch(context)
        made.append(context)
        return context

    yield make
    for number, context in enumerate(made):
        for tab, page in enumerate(context.pages):
            name = f"{request.node.originalname}-{number}-{tab}.png"
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=tmp_path / name, full_page=True)
        context.close()
    assert complaints.all == []


@pytest.fixture
def context(new_context: Callable[..., BrowserContext], server_url: str) -> BrowserContext:
    """A browser context with separate storage, on the shared server."""
    return new_context(server_url)


@pytest.fixture(params=[("light", DESKTOP), ("dark", PHONE)], ids=["desktop-light", "phone-dark"])
def screen(
    request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext], server_url: str
) -> BrowserContext:
    """A browser context with a screen and a colour scheme."""
    scheme, viewport = request.param
    return new_context(server_url, viewport=viewport, color_scheme=scheme)
