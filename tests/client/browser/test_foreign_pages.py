"""What pages of other origins can do with a dev server in a real browser."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.client.browser.conftest import own_project
from tests.integration.test_dev_server import DEADLINE_S, dev_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.engine]

# Each request is one that a page can make; what comes of it is a status, or an error.
_TRY = """async ([api, name]) => {
    const path = `${api}/stores/counters/${name}/actions`
    const body = JSON.stringify({type: 'counter/stepped', payload: {by: 1}})
    const json = {'content-type': 'application/json'}
    const requests = [
        [path, {method: 'POST', headers: json, body}],
        [path, {method: 'POST', mode: 'no-cors', body}],
        [`${api}/notes/${name}`, {method: 'DELETE'}],
        [`${api}/_roundtrip/tokens`, {method: 'POST', headers: json, body: '{"user":"ada"}'}],
        [`${api}/stores/counters`],
        [`${api}/_roundtrip/session`],
    ]
    const outcomes = []
    for (const [url, options] of requests) {
        outcomes.push(await fetch(url, options).then((answer) => answer.status, () => 'no answer'))
    }
    return outcomes
}"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>A page</p>")

    def log_message(self, *_arguments: object) -> None:
        pass


@contextlib.contextmanager
def page_server() -> Iterator[str]:
    """Serve a page; yield its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def outcomes(browser: Browser, origin: str, api: str, name: str) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(origin)
    found = page.evaluate(_TRY, [api, name])
    context.close()
    return found


def test_only_the_page_of_a_named_origin_may_call(browser: Browser, tmp_path: Path) -> None:
    with (
        page_server() as named,
        page_server() as foreign,
        dev_server(own_project(tmp_path), "--origin", named) as server,
    ):
        none = "no answer"
        assert outcomes(browser, foreign, server.url, "foreign") == [none, 0, *[none] * 4]
        # Users and their tokens are for the server's own page.
        assert outcomes(browser, named, server.url, "named") == [201, 0, 404, none, 200, none]
        listed = httpx.get(f"{server.url}/stores/counters", timeout=DEADLINE_S).json()["items"]
        # The request without a preflight has no media type that the API takes.
        assert [(one["id"], one["version"]) for one in listed] == [("named", 1)]
        server.stop()
