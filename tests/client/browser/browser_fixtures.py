"""A real Chromium for tests of the page, whatever it shows and whoever serves it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from tests import checkout
from tests.client.browser.chromium import Chromium, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, ViewportSize, WebError

# Only so that a page that stands still cannot hang the tests: longer than any backoff they meet.
DEADLINE_MS = 30_000
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
expect.set_options(timeout=DEADLINE_MS)

# Playwright adds headless mode and --no-sandbox. The sandbox guards against pages of strangers, of
# which there are none, and it does not work for root, in containers and on some systems.
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
    """The browser's files. They are of no use without the page's."""
    assert (checkout.STATE_DIR / "page" / "index.html").is_file(), (
        "The page is not built: make page."
    )
    return chromium()


# Playwright's synchronous API keeps an event loop running in this thread, which a test that runs
# one of its own could not bear: so it ends with each module.
@pytest.fixture(scope="module")
def browser(build: Chromium) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=build.executable,
            args=_ARGUMENTS,
            env={**os.environ, **build.environment},
        )
        yield started
        started.close()


class Complaints:
    """What pages say on their console that no page should say."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def take(self, text: str) -> None:
        """Expect exactly one that contains a text."""
        assert [complaint for complaint in self.all if text in complaint] == self.all
        assert len(self.all) == 1
        self.all.clear()

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", self._catch)

    def _hear(self, message: ConsoleMessage) -> None:
        path = urlsplit(message.location["url"]).path
        # The browser itself logs each answer of the API that is an error; what the page makes of
        # them is what the tests are about.
        answered = message.text.startswith("Failed to load resource") and _is_of_the_api(path)
        if message.type in {"error", "warning"} and not answered:
            self.all.append(f"{message.type}: {message.text} ({path})")

    def _catch(self, error: WebError) -> None:
        self.all.append(str(error.error))


def _is_of_the_api(path: str) -> bool:
    return not path.startswith("/_page/")


@pytest.fixture
def complaints() -> Complaints:
    """What the test's pages complain of; none is to be left at its end."""
    return Complaints()


@pytest.fixture
def new_context(
    browser: Browser, complaints: Complaints, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Make a browser with storage of its own; afterwards no page may have complained.

    A picture of each tab that is open at the end is left in the test's temporary directory.
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
    """A browser with storage of its own, on the server that the tests share."""
    return new_context(server_url)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """A colour scheme."""
    return str(request.param)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(
    request: pytest.FixtureRequest,
    new_context: Callable[..., BrowserContext],
    server_url: str,
    scheme: str,
) -> BrowserContext:
    """A browser on a screen."""
    return new_context(server_url, viewport=request.param, color_scheme=scheme)
