"""Two tabs of one browser share an outbox; one of them sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.examples.browser.example_tab import ExampleTab
from tests.examples.browser.traffic import FirstUnanswered

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.client.browser.stream import Stream

pytestmark = [pytest.mark.engine, pytest.mark.browser]

ROUNDS = 5


@pytest.fixture
def first(context: BrowserContext, order: Stream) -> ExampleTab:
    """The tab that sends, with an order."""
    tab = ExampleTab(context, order)
    tab.create_order()
    tab.expect_synced()
    return tab


@pytest.fixture
def second(first: ExampleTab, context: BrowserContext) -> ExampleTab:
    """Another tab, opened later."""
    tab = ExampleTab(context, first.stream)
    tab.expect_synced()
    expect(tab.page.get_by_role("button", name="Save header")).to_be_visible()
    return tab


def dispatch_in_turns(prefix: str, *tabs: ExampleTab) -> list[list[str]]:
    """Add lines in the tabs by turns; return each tab's SKUs in order."""
    skus: list[list[str]] = [[] for _ in tabs]
    for turn in range(ROUNDS):
        for number, tab in enumerate(tabs):
            sku = f"{prefix}-{number}-{turn}"
            tab.add_line(sku)
            skus[number].append(sku)
    return skus


def test_actions_of_both_arrive_once_in_the_order_of_each_tab(
    first: ExampleTab, second: ExampleTab, order: Stream
) -> None:
    online = dispatch_in_turns("online", first, second)
    first.switch_network(on=False)
    expect(second.page.get_by_role("switch", name="Network")).not_to_be_checked()
    offline = dispatch_in_turns("offline", first, second)
    for tab in (first, second):
        tab.expect_status("offline")
    second.switch_network(on=True)
    for tab in (first, second):
        tab.expect_synced()

    arrived = [payload["sku"] for payload in order.payloads("salesOrders/lineAdded")]
    assert len(arrived) == len(order.actions()) - 1
    for number in (0, 1):
        assert [sku for sku in arrived if sku.split("-")[1] == str(number)] == (
            online[number] + offline[number]
        )
    for tab in (first, second):
        tab.expect_lines_of(order.state())


@pytest.mark.parametrize("committed", [False, True], ids=["lost", "committed"])
def test_the_other_tab_takes_over_from_one_that_is_closed_while_it_sends(
    first: ExampleTab,
    second: ExampleTab,
    context: BrowserContext,
    order: Stream,
    *,
    committed: bool,
) -> None:
    sends = FirstUnanswered(context, committed=committed)
    first.add_line("tea")
    sends.wait_for_the_first(first.page)
    second.add_line("cup")
    first.add_line("pot")
    second.expect_pending(3)
    first.page.close()

    second.expect_synced()
    assert sends.keys[1] == sends.keys[0]
    assert sends.bodies[1] == sends.bodies[0]
    assert [line["sku"] for line in order.payloads("salesOrders/lineAdded")] == [
        "tea",
        "cup",
        "pot",
    ]
    second.expect_lines_of(order.state())


def test_a_tab_shows_the_actions_of_another(first: ExampleTab, second: ExampleTab) -> None:
    second.add_line("tea", quantity=2)
    expect(first.page.get_by_label("Quantity of tea")).to_have_value("2")
    first.change_quantity("tea", 3)
    expect(second.page.get_by_label("Quantity of tea")).to_have_value("3")


def test_either_tab_pauses_and_resumes_both(
    first: ExampleTab, second: ExampleTab, order: Stream
) -> None:
    second.click("Pause")
    expect(first.page.get_by_role("button", name="Resume")).to_be_visible()
    first.add_line("tea")
    first.expect_pending(1)
    second.click("Resume")
    for tab in (first, second):
        tab.expect_synced()
    assert len(order.payloads("salesOrders/lineAdded")) == 1
