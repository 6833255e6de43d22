"""A tab with the page in it, as a person sees and uses it: by roles and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.client.browser.stream import Stream

Role = Any  # Playwright's own type is a union of some eighty literals.

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
        The browser it is a tab of; tabs of one context share its storage.
    stream : Stream
        What it shows.
    """

    def __init__(self, context: BrowserContext, stream: Stream) -> None:
        self.page: Page = context.new_page()
        self.stream = stream
        self.page.goto(f"/#/{stream.store}/{stream.id}")

    # ---- the top bar
    @property
    def status(self) -> Locator:
        """What it says of the sync."""
        return self.find("status", "Sync status")

    def expect_status(self, status: str) -> None:
        """Wait until it shows a status of the client."""
        expect(self.status).to_have_attribute("data-status", status)

    def expect_pending(self, count: int) -> None:
        """Wait until that many actions are pending."""
        expect(self.items("Pending actions")).to_have_count(count)

    def wait_until_stored(self, count: int) -> None:
        """Wait until the browser's storage holds that many actions that wait.

        The one look behind the page: what it shows may be a moment ahead of the disk, and a reload
        in that moment may take it away.
        """
        self.page.wait_for_function(_IS_STORED, arg=count)

    def expect_synced(self) -> None:
        """Wait until nothing is left to send."""
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

    # ---- anything
    def fill(self, textbox: str, text: str) -> None:
        """Fill a field."""
        self.find("textbox", textbox).fill(text)

    def find(self, role: Role, name: str) -> Locator:
        """Find one thing by its role and its whole name."""
        return self.page.get_by_role(role, name=name, exact=True)
