"""Measures the client with a large state: ``python -m tests.client.browser.measure``.

A dev server holds a stream of 11 000 entities, 1.3 MB. The page of ``src/client/benchmark``
opens it in Chromium, changes one entity after the other, and opens it again.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from playwright.sync_api import sync_playwright

from tests import checkout
from tests.client.browser.chromium import chromium
from tests.client.browser.counter_page import bundle
from tests.integration.test_dev_server import dev_server
from tests.projects import make_project

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CARDS: Final = 11_000
_BATCH: Final = 1000
_CHANGES: Final = 60
_STARTS: Final = 8
_TIMEOUT_S: Final = 120
_STORES: Final = checkout.ROOT / "tests" / "client" / "large_store.py"
_PAGE: Final = checkout.ROOT / "src" / "client" / "benchmark" / "page.ts"
# A frame is drawn as soon as there is one, so that a time is not rounded up to the next 1/60 s.
_ARGUMENTS: Final = ("--disable-gpu", "--disable-frame-rate-limit", "--disable-gpu-vsync")


def main() -> None:
    """Measure, and print the figures."""
    with tempfile.TemporaryDirectory() as directory:
        script = bundle(_PAGE, Path(directory, "page.js"))
        project = make_project(Path(directory, "project"), _STORES)
        with dev_server(project) as server:
            _fill(server.url)
            _measure(server.url, script)
            server.stop()


def _fill(url: str) -> None:
    for start in range(0, _CARDS, _BATCH):
        cards = [
            {"id": f"card-{n:05}", "title": f"Write to customer number {n:05}"}
            for n in range(start, start + _BATCH)
        ]
        action = {"type": "cards/added", "payload": cards}
        path = f"{url}/stores/boards/b-1/actions"
        httpx.post(path, json=action, timeout=_TIMEOUT_S).raise_for_status()


def _measure(url: str, script: str) -> None:
    build = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=build.executable,
            args=_ARGUMENTS,
            env={**os.environ, **build.environment},
        )
        page = browser.new_context().new_page()
        html = "<!doctype html><body></body><script src='page.js'></script>"
        page.route("**/_measure/", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.route("**/_measure/page.js", lambda route: route.fulfill(body=script))
        first = _open(page, url)
        print_figures("first start, ms", [first["shownMs"]])
        print_figures("its answer, bytes", [first["answerBytes"]])
        changes = [page.evaluate("rename", n * 137 % _CARDS) for n in range(_CHANGES)]
        for name in ("reducerMs", "dispatchMs", "frameMs", "blockMs", "answerBytes", "changed"):
            print_figures(name, [each[name] for each in changes])
        starts = [_open(page, url) for _ in range(_STARTS)]
        print_figures("start from the stored state, ms", [each["shownMs"] for each in starts])
        print_figures("its answer, bytes", [each["answerBytes"] for each in starts])
        browser.close()


def _open(page: Page, url: str) -> dict[str, Any]:
    page.goto(f"{url}/_measure/")
    found: dict[str, Any] = page.evaluate("opened()")
    return found


def print_figures(name: str, values: list[float]) -> None:
    """Print how values are spread."""
    ordered = sorted(values)
    p95 = ordered[int((len(ordered) - 1) * 0.95)]
    sys.stdout.write(
        f"{name}: least {ordered[0]:.1f}, median {statistics.median(values):.1f}, p95 {p95:.1f}, "
        f"first {values[0]:.1f}, max {ordered[-1]:.1f}\n"
    )


if __name__ == "__main__":
    main()
