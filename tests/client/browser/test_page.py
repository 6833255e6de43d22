"""The page for everybody: by keyboard, in light and dark, on a phone, with assistive technology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.client.browser.stream import Stream
from tests.client.browser.tab import Tab

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Locator

    from tests.client.browser.chromium import Chromium

pytestmark = [pytest.mark.engine, pytest.mark.browser]

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
# More than the page has controls before the last one.
MOST_STEPS = 40
TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('section')]
  .filter((part) => part.scrollWidth > part.clientWidth)
  .map((part) => part.tagName + ' ' + (part.ariaLabel ?? part.firstElementChild.textContent))"""
UNBREAKABLE_SKU = "W" * 64


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


@pytest.fixture
def busy_order(screen: BrowserContext, order: Stream) -> Tab:
    """An order with history, a rejected action and pending ones, and words that cannot break."""
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
    tab = Tab(screen, order)
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
def busy_workout(screen: BrowserContext, workout: Stream) -> Tab:
    """A workout with a set that is done."""
    exercise = {"id": "e-1", "name": "Squat", "sets": 3, "reps": 5, "weightGrams": 62_500}
    done = {"id": "s-1", "exerciseId": "e-1", "reps": 5, "weightGrams": 62_500}
    workout.dispatch(
        {"type": "plan/named", "payload": {"name": "Monday " + "W" * 60}},
        {"type": "plan/exerciseAdded", "payload": exercise},
        {"type": "plan/exerciseAdded", "payload": {**exercise, "id": "e-2", "name": "W" * 200}},
        {"type": "sets/completed", "payload": done},
    )
    tab = Tab(screen, workout)
    tab.expect_synced()
    expect(tab.page.get_by_role("group", name="Squat", exact=True)).to_be_visible()
    return tab


def expect_to_fit(tab: Tab) -> None:
    """See that the page need not be scrolled sideways, and nothing sticks out of its region."""
    assert tab.page.evaluate(TOO_WIDE) == []


def expect_accessible(tab: Tab, build: Chromium) -> None:
    # By the debugger, which the page's content security policy does not concern.
    tab.page.evaluate(build.axe.read_text())
    violations: list[dict[str, Any]] = tab.page.evaluate(
        "async () => (await axe.run({resultTypes: ['violations']})).violations"
    )
    serious = [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_an_order_fits_its_screen_and_is_accessible(busy_order: Tab, build: Chromium) -> None:
    expect_to_fit(busy_order)
    expect_accessible(busy_order, build)


def test_a_workout_fits_its_screen_and_is_accessible(busy_workout: Tab, build: Chromium) -> None:
    expect_to_fit(busy_workout)
    expect_accessible(busy_workout, build)


def test_the_page_is_painted_in_the_scheme_of_the_system(
    screen: BrowserContext, scheme: str
) -> None:
    page = screen.new_page()
    page.goto("/")
    channels: list[int] = page.locator("body").evaluate(
        "body => getComputedStyle(body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"
    )
    assert (min(channels) > 127) == (scheme == "light")
    assert (max(channels) < 128) == (scheme == "dark")


def walk_to(tab: Tab, goal: Locator) -> None:
    """Press Tab until the goal has the focus."""
    for _ in range(MOST_STEPS):
        tab.page.keyboard.press("Tab")
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} cannot be reached with the Tab key")


def test_an_order_is_made_by_keyboard_alone(tab: Tab, order: Stream) -> None:
    keyboard, find = tab.page.keyboard, tab.page.get_by_role
    network = find("switch", name="Network")
    walk_to(tab, network)
    keyboard.press("Space")
    expect(network).not_to_be_checked()

    walk_to(tab, find("textbox", name="Customer"))
    keyboard.type("Ada")
    keyboard.press("Enter")
    walk_to(tab, find("textbox", name="SKU"))
    for sku in ("tea", "cup"):
        keyboard.type(sku)
        keyboard.press("Tab")
        keyboard.type("2")
        keyboard.press("Tab")
        keyboard.type("4.50")
        keyboard.press("Enter")
    walk_to(tab, find("button", name="Confirm order"))
    keyboard.press("Space")
    tab.expect_pending(4)

    tab.wait_until_stored(4)
    tab.page.reload()
    walk_to(tab, network)
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
        "data-status", "synced"
    )
    assert Stream(server_url, "salesOrders", id_).state()["customer"] == "Ada"
    page.get_by_role("button", name="New order").click()
    expect(page.get_by_role("button", name="Create order")).to_be_visible()
    assert page.url != first
    page.go_back()
    expect(page.get_by_role("textbox", name="Customer")).to_have_value("Ada")
