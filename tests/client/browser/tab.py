"""A tab with the page in it, as a person sees and uses it: by roles and names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.client.browser.stream import Stream

Role = Any  # Playwright's own type is a union of some eighty literals.

_APPS = {"salesOrders": "sales-orders", "workouts": "workouts"}

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
        self.page.goto(f"/#/{_APPS[stream.store]}/{stream.id}")

    # ---- the top bar
    @property
    def status(self) -> Locator:
        """What it says of the sync."""
        return self._find("status", "Sync status")

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
        switch = self._find("switch", "Network")
        expect(switch).to_have_attribute("aria-checked", str(not on).lower())
        switch.click()
        expect(switch).to_have_attribute("aria-checked", str(on).lower())

    def click(self, button: str) -> None:
        """Click a button."""
        self._find("button", button).click()

    # ---- a sales order
    def create_order(self, customer: str = "Ada") -> dict[str, Any]:
        """Create the order; return the action that does."""
        self.fill("Customer", customer)
        self.fill("Currency", "EUR")
        self.click("Create order")
        # Without it the next lines would look for the form that takes this one's place.
        expect(self._find("button", "Save header")).to_be_visible()
        payload = {"customer": customer, "currency": "EUR", "lines": []}
        return {"type": "salesOrders/created", "payload": payload}

    def add_line(self, sku: str, *, quantity: int = 1, price: str = "4.50") -> dict[str, Any]:
        """Add a line; return the action that does."""
        form = self._find("form", "Add line")
        form.get_by_role("textbox", name="SKU", exact=True).fill(sku)
        form.get_by_role("spinbutton", name="Quantity", exact=True).fill(str(quantity))
        form.get_by_role("textbox", name="Unit price", exact=True).fill(price)
        form.get_by_role("button", name="Add line", exact=True).click()
        cents = round(float(price) * 100)
        payload = {"sku": sku, "quantity": quantity, "unitPriceCents": cents}
        return {"type": "salesOrders/lineAdded", "payload": payload}

    def change_quantity(self, sku: str, quantity: int) -> dict[str, Any]:
        """Change a line's quantity; return the action that does."""
        field = self._find("spinbutton", f"Quantity of {sku}")
        field.fill(str(quantity))
        field.press("Enter")
        payload = {"sku": sku, "quantity": quantity}
        return {"type": "salesOrders/lineQuantityChanged", "payload": payload}

    def change_quantities(self, sku: str, quantities: range) -> list[dict[str, Any]]:
        """Change a line's quantity many times; return the actions that do."""
        return [self.change_quantity(sku, quantity) for quantity in quantities]

    def expect_lines_of(self, state: dict[str, Any]) -> None:
        """Wait until the table has the lines of a state, and no other."""
        rows = self._find("table", "Lines").get_by_role("spinbutton")
        expect(rows).to_have_count(len(state["lines"]))
        for row, line in zip(rows.all(), state["lines"], strict=True):
            expect(row).to_have_accessible_name(f"Quantity of {line['sku']}")
            expect(row).to_have_value(str(line["quantity"]))

    # ---- the console
    def items(self, list_name: str) -> Locator:
        """Return the items of a list."""
        return self._find("list", list_name).get_by_role("listitem")

    # ---- anything
    def fill(self, textbox: str, text: str) -> None:
        """Fill a field."""
        self._find("textbox", textbox).fill(text)

    def _find(self, role: Role, name: str) -> Locator:
        return self.page.get_by_role(role, name=name, exact=True)
