"""Actions dispatched without a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.examples.browser.example_tab import ExampleTab

if TYPE_CHECKING:
    from typing import Any

    from playwright.sync_api import BrowserContext

    from tests.client.browser.stream import Stream

pytestmark = [pytest.mark.engine, pytest.mark.browser]

ACTIONS = 50


def act(tab: ExampleTab) -> list[dict[str, Any]]:
    """Create an order and change it; return the actions in order."""
    created, added = tab.create_order(), tab.add_line("tea")
    return [created, added, *tab.change_quantities("tea", range(2, ACTIONS))]


def test_actions_of_a_reloaded_offline_page_arrive_once_in_order(
    tab: ExampleTab, order: Stream
) -> None:
    tab.switch_network(on=False)
    actions = act(tab)
    assert len(actions) == ACTIONS
    tab.expect_status("offline")
    tab.expect_pending(ACTIONS)
    assert order.actions() == []

    tab.wait_until_stored(ACTIONS)
    tab.page.reload()
    tab.expect_status("offline")
    tab.expect_pending(ACTIONS)
    expect(tab.page.get_by_label("Quantity of tea")).to_have_value(str(ACTIONS - 1))

    tab.switch_network(on=True)
    tab.expect_synced()
    assert order.actions() == actions
    tab.expect_lines_of(order.state())


def test_actions_of_an_offline_browser_arrive_once_in_order(
    tab: ExampleTab, context: BrowserContext, order: Stream
) -> None:
    tab.expect_status("synced")
    context.set_offline(True)
    tab.page.wait_for_function("!navigator.onLine")
    actions = act(tab)
    tab.expect_status("offline")
    tab.expect_pending(ACTIONS)

    context.set_offline(False)
    tab.expect_synced()
    assert order.actions() == actions
    tab.expect_lines_of(order.state())


def test_the_next_tab_sends_the_actions_of_a_tab_closed_offline(
    tab: ExampleTab, context: BrowserContext, order: Stream
) -> None:
    tab.expect_status("synced")
    context.set_offline(True)
    tab.page.wait_for_function("!navigator.onLine")
    actions = act(tab)
    tab.wait_until_stored(ACTIONS)
    tab.page.close()
    assert order.actions() == []

    context.set_offline(False)
    later = ExampleTab(context, order)
    later.expect_synced()
    assert order.actions() == actions
    later.expect_lines_of(order.state())


def test_a_page_that_starts_offline_shows_the_stored_state(tab: ExampleTab, order: Stream) -> None:
    actions = [tab.create_order(), tab.add_line("tea", quantity=3)]
    tab.expect_synced()
    assert order.actions() == actions
    tab.switch_network(on=False)
    tab.page.reload()
    tab.expect_lines_of(order.state())


def test_a_workout_done_offline_arrives_with_both_slices(
    context: BrowserContext, workout: Stream
) -> None:
    tab = ExampleTab(context, workout)
    tab.switch_network(on=False)
    tab.fill("Workout name", "Monday")
    tab.click("Save name")
    tab.fill("Exercise", "Squat")
    tab.fill("Weight in kg", "62.5")
    tab.click("Add exercise")
    for number in (1, 2):
        tab.page.get_by_role("checkbox", name=f"Set {number} of Squat").check()
    tab.page.get_by_label("Reps in set 2 of Squat").fill("4")
    tab.page.get_by_label("Reps in set 2 of Squat").press("Enter")
    tab.expect_pending(5)

    tab.wait_until_stored(5)
    tab.page.reload()
    tab.switch_network(on=True)
    tab.expect_synced()
    assert [action["type"] for action in workout.actions()] == [
        "plan/named",
        "plan/exerciseAdded",
        "sets/completed",
        "sets/completed",
        "sets/corrected",
    ]
    state = workout.state()
    assert state["plan"]["name"] == "Monday"
    assert [(done["reps"], done["weightGrams"]) for done in state["sets"]["done"]] == [
        (5, 62_500),
        (4, 62_500),
    ]
