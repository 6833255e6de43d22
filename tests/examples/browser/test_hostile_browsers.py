"""Browsers without storage, and with a wrong clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.examples.browser.example_tab import ExampleTab
from tests.examples.browser.traffic import FirstUnanswered

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.client.browser.browser_fixtures import Complaints
    from tests.client.browser.stream import Stream

pytestmark = [pytest.mark.engine, pytest.mark.browser]

REFUSE_AT_ONCE = "indexedDB.open = () => { throw new DOMException('blocked', 'SecurityError'); };"
# Like a browser with a full disk: the request fails, and so does its transaction.
FILL_STORAGE = """
() => {
  globalThis.put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function () {
    this.transaction.abort();
    throw new DOMException('No room.', 'QuotaExceededError');
  };
}"""
FREE_STORAGE = "() => { IDBObjectStore.prototype.put = globalThis.put; }"
DAY_MS = 24 * 60 * 60 * 1000
SHIFT = """
const shift = %d, Actual = Date;
globalThis.Date = class extends Actual {
  constructor(...given) { given.length === 0 ? super(Actual.now() + shift) : super(...given); }
  static now() { return Actual.now() + shift; }
};
"""


def test_without_storage_the_page_works_online_and_shows_a_warning(
    context: BrowserContext, order: Stream, complaints: Complaints
) -> None:
    context.add_init_script(REFUSE_AT_ONCE)
    tab = ExampleTab(context, order)
    actions = [tab.create_order(), tab.add_line("tea"), tab.change_quantity("tea", 2)]
    tab.expect_synced()
    expect(tab.status).to_contain_text("not stored")
    complaints.take("not survive a reload")
    assert order.actions() == actions

    tab.switch_network(on=False)
    actions += [tab.change_quantity("tea", 3), tab.change_quantity("tea", 4)]
    tab.expect_pending(2)
    tab.switch_network(on=True)
    tab.expect_synced()
    assert order.actions() == actions
    tab.expect_lines_of(order.state())


def test_with_full_storage_the_page_works_online_and_shows_a_warning(
    context: BrowserContext, order: Stream, complaints: Complaints
) -> None:
    tab = ExampleTab(context, order)
    actions = [tab.create_order()]
    tab.expect_synced()
    tab.page.evaluate(FILL_STORAGE)
    actions += [tab.add_line("tea"), tab.change_quantity("tea", 2)]
    tab.expect_synced()
    expect(tab.status).to_contain_text("not stored")
    complaints.take("not survive a reload")
    assert order.actions() == actions

    tab.page.evaluate(FREE_STORAGE)
    actions += [tab.change_quantity("tea", 3)]
    tab.expect_synced()
    expect(tab.status).not_to_contain_text("not stored")
    tab.switch_network(on=False)
    actions += [tab.change_quantity("tea", 4)]
    tab.wait_until_stored(1)
    tab.page.reload()
    tab.switch_network(on=True)
    tab.expect_synced()
    assert order.actions() == actions
    tab.expect_lines_of(order.state())


@pytest.mark.parametrize("days", [-1, 1], ids=["slow", "fast"])
def test_a_clock_that_is_off_by_a_day_loses_no_action(
    context: BrowserContext, order: Stream, days: int
) -> None:
    sends = FirstUnanswered(context, committed=True)
    context.add_init_script(SHIFT % (days * DAY_MS))
    tab = ExampleTab(context, order)
    tab.switch_network(on=False)
    actions = [tab.create_order(), tab.add_line("tea")]
    tab.wait_until_stored(2)
    tab.page.reload()
    actions += [tab.change_quantity("tea", 2)]
    tab.wait_until_stored(3)
    tab.switch_network(on=True)
    sends.wait_for_the_first(tab.page)
    tab.page.reload()
    tab.expect_synced()
    assert sends.keys[1] == sends.keys[0]
    assert order.actions() == actions


def test_setting_the_clock_back_a_day_between_two_visits_loses_no_action(
    context: BrowserContext, order: Stream
) -> None:
    tab = ExampleTab(context, order)
    tab.switch_network(on=False)
    actions = [tab.create_order(), tab.add_line("tea")]
    tab.wait_until_stored(2)
    tab.page.close()

    context.add_init_script(SHIFT % -DAY_MS)
    later = ExampleTab(context, order)
    actions += [later.change_quantity("tea", 2)]
    later.switch_network(on=True)
    later.expect_synced()
    assert order.actions() == actions
