"""The page of an API with authentication: each user sees and sends only their own data."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.client.browser.any_tab import AnyTab
from tests.client.browser.browser_fixtures import PHONE
from tests.client.browser.conftest import own_project
from tests.client.browser.looks import expect_accessible, expect_to_fit
from tests.client.browser.stream import Stream
from tests.integration.test_dev_server import dev_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext

    from tests.client.browser.chromium import Chromium

pytestmark = [pytest.mark.engine, pytest.mark.browser]

NOTHING = "Nothing has been dispatched to this stream yet."


@pytest.fixture(scope="module", params=["jwt", "iam"])
def guarded_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A dev server with authentication."""
    project = own_project(tmp_path_factory.mktemp(f"own-{request.param}"))
    with dev_server(project, "--auth", request.param) as server:
        yield server.url
        server.stop()


@pytest.fixture
def tab(new_context: Callable[..., BrowserContext], guarded_url: str) -> AnyTab:
    """A tab of the user ada, with a counter at 3."""
    stream = Stream(guarded_url, "counters", f"c-{uuid.uuid4().hex}")
    tab = AnyTab(new_context(guarded_url), stream)
    expect_user(tab, "ada")
    tab.dispatch("counter/stepped", {"by": 3})
    tab.expect_applied(1)
    return tab


def expect_user(tab: AnyTab, name: str) -> None:
    expect(tab.find("combobox", "User")).to_have_value(name)


def choose_user(tab: AnyTab, name: str) -> None:
    tab.find("combobox", "User").select_option(name)
    expect_user(tab, name)


def test_each_user_sees_only_their_own_data(tab: AnyTab) -> None:
    own = tab.items("Streams").filter(has_text=tab.stream.id[:8])
    tab.expect_state({"count": 3})
    expect(own).to_have_count(1)
    choose_user(tab, "grace")
    expect(tab.state).to_have_text(NOTHING)
    tab.expect_synced()
    expect(own).to_have_count(0)
    expect(tab.items("Events")).to_have_count(0)
    tab.dispatch("counter/stepped", {"by": 5})
    tab.expect_applied(1)
    tab.expect_state({"count": 5})

    tab.page.reload()
    expect_user(tab, "grace")
    tab.expect_state({"count": 5})
    choose_user(tab, "ada")
    tab.expect_state({"count": 3})


def test_the_menu_fits_a_phone_and_is_accessible(tab: AnyTab, build: Chromium) -> None:
    tab.page.set_viewport_size(PHONE)
    expect_to_fit(tab.page)
    expect_accessible(tab.page, build)


def test_pending_actions_of_one_user_are_not_sent_as_another(tab: AnyTab) -> None:
    tab.switch_network(on=False)
    tab.dispatch("counter/stepped", {"by": 4})
    tab.expect_pending(1)
    tab.wait_until_stored(1)
    choose_user(tab, "grace")
    tab.expect_pending(0)
    tab.switch_network(on=True)
    tab.expect_synced()
    expect(tab.state).to_have_text(NOTHING)

    choose_user(tab, "ada")
    tab.expect_synced()
    tab.expect_state({"count": 7})
