"""The page with a keyboard only, in light and dark, on a phone, and with assistive technology."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.client.browser.looks import expect_good_looks, walk_to
from tests.client.browser.stream import Stream
from tests.examples.browser.example_tab import ExampleTab

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.client.browser.chromium import Chromium

pytestmark = [pytest.mark.engine, pytest.mark.browser]

UNBREAKABLE_SKU = "W" * 64


@pytest.fixture
def busy_order(context: BrowserContext, order: Stream) -> ExampleTab:
    """An order with history, rejected and pending actions, and unbreakable words."""
    created = {"customer": "Ada " + "Lovelace" * 20, "currency": "EUR"}
    order.dispatch(
        {"type": "salesOrders/created", "payload": created},
        *(
            {
                "type": "salesOrders/lineAdded",
                "payload": {"sku": sku, "quantity": 10_000, "unitPriceCents": 100_000},
            }
            for sku in ("tea", "cup", UNBREAKABLE_SKU)
        ),
    )
    tab = ExampleTab(context, order)
    tab.expect_synced()
    tab.switch_network(on=False)
    tab.change_quantity("tea", 2)
    order.dispatch({"type": "salesOrders/lineRemoved", "payload": {"sku": "tea"}})
    tab.switch_network(on=True)
    tab.expect_synced()
    tab.switch_network(on=False)
    tab.change_quantity("cup", 3)
    tab.add_line("pot")
    tab.expect_pending(2)
    expect(tab.items("Rejected actions")).to_have_count(1)
    return tab


@pytest.fixture
def busy_workout(context: BrowserContext, workout: Stream) -> ExampleTab:
    """A workout with a completed set."""
    exercise = {"id": "e-1", "name": "Squat", "sets": 3, "reps": 5, "weightGrams": 62_500}
    done = {"id": "s-1", "exerciseId": "e-1", "reps": 5, "weightGrams": 62_500}
    workout.dispatch(
        {"type": "plan/named", "payload": {"name": "Monday " + "W" * 60}},
        {"type": "plan/exerciseAdded", "payload": exercise},
        {"type": "plan/exerciseAdded", "payload": {**exercise, "id": "e-2", "name": "W" * 200}},
        {"type": "sets/completed", "payload": done},
    )
    tab = ExampleTab(context, workout)
    tab.expect_synced()
    expect(tab.page.get_by_role("group", name="Squat", exact=True)).to_be_visible()
    return tab


def test_an_order_fits_every_screen_and_is_accessible(
    busy_order: ExampleTab, build: Chromium
) -> None:
    expect_good_looks(busy_order.page, build)


def test_a_workout_fits_every_screen_and_is_accessible(
    busy_workout: ExampleTab, build: Chromium
) -> None:
    expect_good_looks(busy_workout.page, build)


def test_an_order_is_made_with_the_keyboard_only(tab: ExampleTab, order: Stream) -> None:
    keyboard, find = tab.page.keyboard, tab.page.get_by_role
    network = find("switch", name="Network")
    walk_to(tab.page, network)
    keyboard.press("Space")
    expect(network).not_to_be_checked()

    walk_to(tab.page, find("textbox", name="Customer"))
    keyboard.type("Ada")
    keyboard.press("Enter")
    walk_to(tab.page, find("textbox", name="SKU"))
    for sku in ("tea", "cup"):
        keyboard.type(sku)
        keyboard.press("Tab")
        keyboard.type("2")
        keyboard.press("Tab")
        keyboard.type("4.50")
        keyboard.press("Enter")
    walk_to(tab.page, find("button", name="Confirm order"))
    keyboard.press("Space")
    tab.expect_pending(4)

    tab.wait_until_stored(4)
    tab.page.reload()
    walk_to(tab.page, network)
    keyboard.press("Space")
    tab.expect_synced()
    state = order.state()
    assert state["status"] == "confirmed"
    assert [line["sku"] for line in state["lines"]] == ["tea", "cup"]


def test_a_first_visit_shows_a_new_order(screen: BrowserContext, server_url: str) -> None:
    page = screen.new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="Create order")).to_be_visible()
    first = page.url
    id_ = first.rpartition("/")[2]
    page.get_by_role("textbox", name="Customer").fill("Ada")
    page.get_by_role("button", name="Create order").click()
    expect(page.get_by_role("status", name="Sync status")).to_have_attribute(
        "data-status", re.compile("^(synced|live)$")
    )
    assert Stream(server_url, "salesOrders", id_).state()["customer"] == "Ada"
    page.get_by_role("button", name="New order").click()
    expect(page.get_by_role("button", name="Create order")).to_be_visible()
    assert page.url != first
    page.go_back()
    expect(page.get_by_role("textbox", name="Customer")).to_have_value("Ada")


def test_an_order_has_the_generic_view_too(tab: ExampleTab, order: Stream) -> None:
    tab.create_order()
    tab.expect_synced()
    tab.page.get_by_role("navigation", name="Views").get_by_role("link", name="Actions").click()
    tab.find("combobox", "Action").select_option("salesOrders/confirmed")
    tab.click("Dispatch")
    expect(tab.find("status", "Answer")).to_contain_text("(order-empty)")
    tab.click("Discard salesOrders/confirmed")
    tab.find("combobox", "Action").select_option("salesOrders/cancelled")
    tab.click("Dispatch")
    expect(tab.find("status", "Answer")).to_have_text("Applied: the stream is at version 2.")
    tab.page.get_by_role("link", name="Sales order").click()
    expect(tab.find("region", "Sales order")).to_contain_text("cancelled")
    assert order.state()["status"] == "cancelled"
