"""The console: history, time travel, changes, export and round trips."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.examples.browser.example_tab import ExampleTab

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator

    from tests.client.browser.stream import Stream

pytestmark = [pytest.mark.engine, pytest.mark.browser]

HISTORY: list[dict[str, Any]] = [
    {"type": "salesOrders/created", "payload": {"customer": "Ada", "currency": "EUR"}},
    {
        "type": "salesOrders/lineAdded",
        "payload": {"sku": "tea", "quantity": 1, "unitPriceCents": 450},
    },
    {"type": "salesOrders/lineQuantityChanged", "payload": {"sku": "tea", "quantity": 7}},
    {"type": "salesOrders/headerChanged", "payload": {"customer": "Grace", "currency": "USD"}},
    {"type": "salesOrders/confirmed"},
]
# The dev server follows the commits, and a listener of the application dispatches this.
LOGGED = [*HISTORY, {"type": "salesOrders/mailed"}]


@pytest.fixture
def console(context: BrowserContext, order: Stream) -> ExampleTab:
    """A tab with an order and its history."""
    order.dispatch(*HISTORY)
    tab = ExampleTab(context, order)
    tab.expect_synced()
    expect(events(tab)).to_have_count(len(LOGGED))
    return tab


def events(tab: ExampleTab) -> Locator:
    return tab.items("Events").get_by_role("button")


def expect_state(tab: ExampleTab, order: Stream, version: int) -> None:
    """Wait until the console shows the server's state at a version."""
    shown = tab.page.get_by_role("region", name=f"State at version {version}", exact=True)
    expect(shown).to_have_text(json.dumps(order.state(version), indent=2, ensure_ascii=False))


def test_the_slider_shows_the_servers_state_at_each_version(
    console: ExampleTab, order: Stream
) -> None:
    slider = console.page.get_by_role("slider", name="Version", exact=True)
    expect_state(console, order, len(LOGGED))
    for version in (1, 4, 2, 3, 5):
        slider.fill(str(version))
        expect_state(console, order, version)
    slider.press("ArrowLeft")
    expect_state(console, order, len(HISTORY) - 1)
    console.click("Latest")
    expect_state(console, order, len(LOGGED))


def test_an_event_shows_its_version_and_changes(console: ExampleTab, order: Stream) -> None:
    assert [one.get_attribute("aria-label") for one in events(console).all()] == [
        f"Version {version}: {action['type']}"
        for version, action in reversed(list(enumerate(LOGGED, start=1)))
    ]
    console.click("Version 3: salesOrders/lineQuantityChanged")
    expect_state(console, order, 3)
    changes = console.page.get_by_role("list", name="Changes", exact=True)
    expect(changes).to_contain_text("1 → 7")
    expect(changes).not_to_contain_text("Grace")
    compared = console.page.get_by_role("spinbutton", name="Compare with version")
    compared.fill("4")
    expect(changes).to_contain_text('"Ada" → "Grace"')


def test_a_sync_shows_the_actions_of_other_clients(console: ExampleTab, order: Stream) -> None:
    order.dispatch({"type": "salesOrders/cancelled"})
    console.click("Sync now")
    expect(events(console)).to_have_count(len(LOGGED) + 1)
    expect_state(console, order, len(LOGGED) + 1)


def test_the_export_contains_every_action_and_the_resulting_states(
    console: ExampleTab, order: Stream
) -> None:
    with console.page.expect_download() as download:
        console.click("Export for Redux DevTools")
    lifted = json.loads(json.loads(download.value.path().read_text())["payload"])
    staged = [lifted["actionsById"][str(id_)]["action"] for id_ in lifted["stagedActionIds"]]
    assert staged[0]["type"] == "@@INIT"
    for action in staged:
        # What a listener dispatches says why.
        action.pop("meta", None)
    assert staged[1:] == order.actions()
    assert lifted["computedStates"][-1]["state"] == {"salesOrders": order.state()}
    for version in range(1, len(LOGGED) + 1):
        assert lifted["computedStates"][version]["state"] == {"salesOrders": order.state(version)}


def test_a_long_history_is_read_in_pages(context: BrowserContext, order: Stream) -> None:
    order.dispatch(*HISTORY[:2])
    for first in range(1, 700, 100):
        order.dispatch(
            *(
                {
                    "type": "salesOrders/lineQuantityChanged",
                    "payload": {"sku": "tea", "quantity": quantity + 1},
                }
                for quantity in range(first, first + 100)
            )
        )
    tab = ExampleTab(context, order)
    tab.expect_synced()
    expect(tab.page.get_by_role("button", name="Version 702: ")).to_be_visible()
    earlier = tab.page.get_by_role("button", name="Earlier events")
    expect(earlier).to_be_visible()
    shown = events(tab).count()
    earlier.click()
    expect(events(tab)).not_to_have_count(shown)
    with tab.page.expect_download() as download:
        tab.click("Export for Redux DevTools")
    lifted = json.loads(json.loads(download.value.path().read_text())["payload"])
    assert len(lifted["stagedActionIds"]) == 703


def test_each_round_trip_is_listed_with_its_answer(tab: ExampleTab) -> None:
    tab.create_order()
    tab.expect_synced()
    trips = tab.items("Round trips")
    written = trips.filter(has_text="POST …/actions")
    expect(written).to_have_count(1)
    expect(written).to_contain_text("201")
