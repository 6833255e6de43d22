"""The requests of a browser, intercepted by a test."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page, Route

ACTIONS = "**/stores/*/*/actions*"
# Keeps a page that sends nothing from hanging the tests.
_DEADLINE_S = 60
_POLL_MS = 20


class Sends:
    """A browser's requests that send actions, each handled by the test.

    Parameters
    ----------
    context : BrowserContext
        The browser.
    handle : callable
        Handles a request; without a call to its route it gets no response.
    """

    def __init__(self, context: BrowserContext, handle: Callable[[Route], None]) -> None:
        self.routes: list[Route] = []
        self._handle = handle
        context.route(ACTIONS, self._take)

    @property
    def keys(self) -> list[str]:
        """Return each request's Idempotency-Key."""
        return [route.request.headers["idempotency-key"] for route in self.routes]

    @property
    def bodies(self) -> list[str | None]:
        """Return each request's body."""
        return [route.request.post_data for route in self.routes]

    def _take(self, route: Route) -> None:
        self.routes.append(route)
        self._handle(route)


class FirstUnanswered(Sends):
    """Passes on all requests except the first, which never gets a response.

    Parameters
    ----------
    context : BrowserContext
        The browser.
    committed : bool
        Whether the server processes the first request.
    """

    def __init__(self, context: BrowserContext, *, committed: bool) -> None:
        self._committed = committed
        self._kept = False
        super().__init__(context, self._keep_the_first)

    def wait_for_the_first(self, page: Page) -> None:
        """Wait until the first request is sent, and processed if it is to be."""
        deadline_s = time.monotonic() + _DEADLINE_S
        while not self._kept:
            assert time.monotonic() < deadline_s, "nothing was sent"
            # Lets Playwright run callbacks.
            page.wait_for_timeout(_POLL_MS)

    def _keep_the_first(self, route: Route) -> None:
        if len(self.routes) > 1:
            route.continue_()
            return
        if self._committed:
            route.fetch()
        self._kept = True


def lose_answer(route: Route) -> None:
    """Let the server process the request, then cut the connection without a response."""
    route.fetch()
    route.abort()
