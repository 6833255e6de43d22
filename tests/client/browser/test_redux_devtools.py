"""Redux DevTools' own page shows what happens on the dev server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.client.browser.conftest import own_project
from tests.client.redux_devtools_cli import redux_devtools
from tests.integration.test_dev_server import DEADLINE_S, dev_server, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.engine]


def test_actions_and_states_are_shown_live(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    with (
        dev_server(own_project(tmp_path), "--devtools", address) as server,
        redux_devtools(port),
        browser.new_page() as page,
    ):
        page.goto(f"http://{address}")
        page.get_by_text("Settings").click()
        page.get_by_text("use local (custom) server").click()
        page.get_by_role("spinbutton", name="port").fill(str(port))
        page.get_by_role("button", name="Connect", exact=True).click()
        page.get_by_text("Actions").click()

        path = f"{server.url}/stores/counters/c-1/actions"
        for by in (3, 4):
            step = {"type": "counter/stepped", "payload": {"by": by}}
            assert httpx.post(path, json=step, timeout=DEADLINE_S).is_success
            expect(page.get_by_text("counter/stepped", exact=True)).to_have_count(by - 2)
        page.get_by_text("State", exact=True).click()
        page.get_by_text("Raw", exact=True).click()
        expect(page.get_by_text("count: 7")).to_be_visible()
        server.stop()
