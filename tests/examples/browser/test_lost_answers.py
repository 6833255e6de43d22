"""Requests without a response: sent again, applied once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.examples.browser.traffic import FirstUnanswered, Sends, lose_answer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

    from tests.client.browser.stream import Stream
    from tests.examples.browser.example_tab import ExampleTab

pytestmark = [pytest.mark.engine, pytest.mark.browser]


def test_losing_the_response_to_every_batch_makes_no_duplicate(
    tab: ExampleTab, context: BrowserContext, order: Stream
) -> None:
    lost: set[str] = set()

    def lose_each_once(route: Route) -> None:
        key = route.request.headers["idempotency-key"]
        if key in lost:
            route.continue_()
        else:
            lost.add(key)
            lose_answer(route)

    Sends(context, lose_each_once)
    actions = [tab.create_order(), tab.add_line("tea")]
    actions += tab.change_quantities("tea", range(2, 12))
    tab.expect_synced()
    actions += tab.change_quantities("tea", range(12, 22))
    tab.expect_synced()
    assert len(lost) > 1
    assert order.actions() == actions
    tab.expect_lines_of(order.state())


@pytest.mark.parametrize("committed", [False, True], ids=["lost", "committed"])
def test_a_reload_while_a_batch_is_in_flight_repeats_the_batch(
    tab: ExampleTab, context: BrowserContext, order: Stream, *, committed: bool
) -> None:
    sends = FirstUnanswered(context, committed=committed)
    actions = [tab.create_order()]
    sends.wait_for_the_first(tab.page)
    tab.expect_status("syncing")
    actions += [tab.add_line("tea"), *tab.change_quantities("tea", range(2, 5))]
    tab.wait_until_stored(len(actions))
    tab.page.reload()
    tab.expect_synced()
    assert sends.keys[1] == sends.keys[0]
    assert sends.bodies[1] == sends.bodies[0]
    assert order.actions() == actions
    tab.expect_lines_of(order.state())
