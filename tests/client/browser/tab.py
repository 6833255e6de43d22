"""A tab with the page, used like a user does: by roles and names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.client.browser.stream import Stream

Role = Any  # Playwright's own type is a union of about eighty literals.

_IS_STORED = """async (count) => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await done(indexedDB.open('roundtrip'));
  const [store] = database.objectStoreNames;
  const records = await done(database.transaction(store).objectStore(store).getAll());
  database.close();
  return records.some(({ entries }) => entries?.length === count);
}"""


class Tab:
    """A tab that shows one stream.

    Parameters
    ----------
    context : BrowserContext
        The tab's browser context; its tabs share the storage.
    stream : Stream
        The stream to show.
    """

    def __init__(self, context: BrowserContext, stream: Stream) -> None:
        self.page: Page = context.new_page()
        self.stream = stream
        self.page.goto(f"/#/{stream.store}/{stream.id}")

    # ---- the top bar
    @property
    def status(self) -> Locator:
        """The sync status."""
        return self.find("status", "Sync status")

    def expect_status(self, status: str) -> None:
        """Wait until the client has a status; where the server pushes, what is synced is live."""
        expected = re.compile("^(synced|live)$") if status == "synced" else status
        expect(self.status).to_have_attribute("data-status", expected)

    def expect_pending(self, count: int) -> None:
        """Wait until this number of actions is pending."""
        expect(self.items("Pending actions")).to_have_count(count)

    def wait_until_stored(self, count: int) -> None:
        """Wait until the browser's storage holds this number of waiting actions.

        The only check behind the page: the page shows an action before it is stored, and a reload
        in between would lose it.
        """
        self.page.wait_for_function(_IS_STORED, arg=count)

    def expect_synced(self) -> None:
        """Wait until all actions are sent."""
        self.expect_status("synced")
        self.expect_pending(0)

    def switch_network(self, *, on: bool) -> None:
        """Use the page's own network switch."""
        switch = self.find("switch", "Network")
        expect(switch).to_have_attribute("aria-checked", str(not on).lower())
        switch.click()
        expect(switch).to_have_attribute("aria-checked", str(on).lower())

    def click(self, button: str) -> None:
        """Click a button."""
        self.find("button", button).click()

    # ---- the console
    def items(self, list_name: str) -> Locator:
        """Return the items of a list."""
        return self.find("list", list_name).get_by_role("listitem")

    # ---- any element
    def fill(self, textbox: str, text: str) -> None:
        """Fill a field."""
        self.find("textbox", textbox).fill(text)

    def find(self, role: Role, name: str) -> Locator:
        """Find an element by its role and exact name."""
        return self.page.get_by_role(role, name=name, exact=True)
