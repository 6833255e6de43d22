"""Measures how soon a change is on another screen: ``python -m tests.client.browser.measure_push``.

Two people show one stream of a dev server in Chromium. One acts, and the other's page notes when it
shows it. What the server and both pages need is included, and so is the dev server's own polling of
the table's stream, which AWS does in its place.
"""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from playwright.sync_api import sync_playwright

from tests.client.browser.chromium import chromium
from tests.client.browser.conftest import pushing_project
from tests.client.browser.counter_page import CounterPage, bundle_counter, serve
from tests.client.browser.measure import print_figures
from tests.integration.test_dev_server import dev_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_STEPS: Final = 90
_STREAM: Final = "c-1"


def main() -> None:
    """Measure, and print the figures."""
    with tempfile.TemporaryDirectory() as directory:
        script = bundle_counter(Path(directory))
        with (
            dev_server(pushing_project(Path(directory))) as server,
            sync_playwright() as playwright,
        ):
            build = chromium()
            environ: dict[str, str | float | bool] = {**os.environ, **build.environment}
            browser = playwright.chromium.launch(executable_path=build.executable, env=environ)
            _measure(browser, server.url, script)
            browser.close()
            server.stop()


def _measure(browser: Browser, url: str, script: str) -> None:
    ada, grace = (_open(browser, url, script) for _ in range(2))
    acted: list[float] = []
    for count in range(1, _STEPS + 1):
        acted.append(ada.page.evaluate("performance.timeOrigin + performance.now()"))
        ada.step(1)
        for page in (ada, grace):
            page.expect(status="live", version=count)
    shown: list[Any] = grace.page.evaluate("times()")[1:]
    events = httpx.get(f"{url}/stores/counters/{_STREAM}/events").json()["events"]
    taken = [datetime.fromisoformat(event["recordedAt"]).timestamp() * 1000 for event in events]
    for name, began in (("action", acted), ("server's time of the action", taken)):
        waits = [at - start for start, at in zip(began, shown, strict=True)]
        # The first change is fetched: nothing was known of the stream.
        print_figures(f"from the {name} to the other screen, ms", waits[1:])


def _open(browser: Browser, url: str, script: str) -> CounterPage:
    context = browser.new_context(base_url=url)
    serve(context, script)
    page = CounterPage(context, _STREAM, is_pushed=True)
    page.expect(status="live")
    return page


if __name__ == "__main__":
    main()
