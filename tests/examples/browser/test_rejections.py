"""Actions that the server rejects: removed from the queue and shown; the others are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.client.browser.stream import Stream
    from tests.examples.browser.example_tab import ExampleTab

pytestmark = [pytest.mark.engine, pytest.mark.browser]


@pytest.fixture
def draft(tab: ExampleTab) -> ExampleTab:
    """A tab with a synced order of one line."""
    tab.create_order()
    tab.add_line("tea")
    tab.expect_synced()
    return tab


def test_a_rejection_in_the_middle_is_shown_until_it_is_discarded(
    draft: ExampleTab, order: Stream
) -> None:
    draft.switch_network(on=False)
    cup = draft.add_line("cup")
    draft.change_quantity("tea", 5)
    pot = draft.add_line("pot")
    order.dispatch(removed := {"type": "salesOrders/lineRemoved", "payload": {"sku": "tea"}})

    draft.switch_network(on=True)
    draft.expect_synced()
    assert order.actions()[2:] == [removed, cup, pot]
    draft.expect_lines_of(order.state())
    rejected = draft.items("Rejected actions")
    expect(rejected).to_have_count(1)
    expect(rejected).to_contain_text("salesOrders/lineQuantityChanged")
    expect(rejected).to_contain_text("line-missing")

    draft.page.reload()
    draft.expect_synced()
    expect(rejected).to_have_count(1)
    draft.click("Discard salesOrders/lineQuantityChanged")
    expect(rejected).to_have_count(0)
    draft.page.reload()
    draft.expect_synced()
    expect(rejected).to_have_count(0)


def test_an_order_confirmed_by_another_client_accepts_no_line_but_can_be_cancelled(
    draft: ExampleTab, order: Stream
) -> None:
    draft.switch_network(on=False)
    for sku in ("cup", "pot"):
        draft.add_line(sku)
    draft.click("Cancel order")
    draft.expect_pending(3)
    order.dispatch({"type": "salesOrders/confirmed"})

    draft.switch_network(on=True)
    draft.expect_synced()
    # A listener of the application may come in between.
    assert [
        action["type"] for action in order.actions()[2:] if action["type"] != "salesOrders/mailed"
    ] == ["salesOrders/confirmed", "salesOrders/cancelled"]
    expect(draft.items("Rejected actions")).to_have_count(2)
    assert order.state()["status"] == "cancelled"
    draft.expect_lines_of(order.state())
    expect(draft.page.get_by_role("region", name="Sales order", exact=True)).to_contain_text(
        "cancelled"
    )


def test_a_rejected_action_can_be_retried(draft: ExampleTab, order: Stream) -> None:
    draft.switch_network(on=False)
    changed = draft.change_quantity("tea", 5)
    removed = {"type": "salesOrders/lineRemoved", "payload": {"sku": "tea"}}
    order.dispatch(removed)
    draft.switch_network(on=True)
    draft.expect_synced()
    added = draft.add_line("tea")
    draft.click("Retry salesOrders/lineQuantityChanged")
    draft.expect_synced()
    expect(draft.items("Rejected actions")).to_have_count(0)
    assert order.actions()[2:] == [removed, added, changed]
    draft.expect_lines_of(order.state())


def test_an_action_that_the_local_reducer_refuses_is_reported_at_once_and_not_sent(
    draft: ExampleTab, order: Stream
) -> None:
    draft.add_line("tea")
    alert = draft.page.get_by_role("form", name="Add line").get_by_role("alert")
    expect(alert).to_have_text("The order has a line with this sku; change its quantity.")
    added = draft.add_line("cup")
    draft.expect_synced()
    assert order.actions()[2:] == [added]
