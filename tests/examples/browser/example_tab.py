"""A tab that shows a stream in its store's own view."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.client.browser.tab import Tab


class ExampleTab(Tab):
    """A tab that shows a sales order, or a workout."""

    def create_order(self, customer: str = "Ada") -> dict[str, Any]:
        """Create the order; return the dispatched action."""
        self.fill("Customer", customer)
        self.fill("Currency", "EUR")
        self.click("Create order")
        # The next form replaces this one.
        expect(self.find("button", "Save header")).to_be_visible()
        payload = {"customer": customer, "currency": "EUR", "lines": []}
        return {"type": "salesOrders/created", "payload": payload}

    def add_line(self, sku: str, *, quantity: int = 1, price: str = "4.50") -> dict[str, Any]:
        """Add a line; return the dispatched action."""
        form = self.find("form", "Add line")
        form.get_by_role("textbox", name="SKU", exact=True).fill(sku)
        form.get_by_role("spinbutton", name="Quantity", exact=True).fill(str(quantity))
        form.get_by_role("textbox", name="Unit price", exact=True).fill(price)
        form.get_by_role("button", name="Add line", exact=True).click()
        cents = round(float(price) * 100)
        payload = {"sku": sku, "quantity": quantity, "unitPriceCents": cents}
        return {"type": "salesOrders/lineAdded", "payload": payload}

    def change_quantity(self, sku: str, quantity: int) -> dict[str, Any]:
        """Change a line's quantity; return the dispatched action."""
        field = self.find("spinbutton", f"Quantity of {sku}")
        field.fill(str(quantity))
        field.press("Enter")
        payload = {"sku": sku, "quantity": quantity}
        return {"type": "salesOrders/lineQuantityChanged", "payload": payload}

    def change_quantities(self, sku: str, quantities: range) -> list[dict[str, Any]]:
        """Change a line's quantity many times; return the dispatched actions."""
        return [self.change_quantity(sku, quantity) for quantity in quantities]

    def expect_lines_of(self, state: dict[str, Any]) -> None:
        """Wait until the table has exactly the lines of a state."""
        rows = self.find("table", "Lines").get_by_role("spinbutton")
        expect(rows).to_have_count(len(state["lines"]))
        for row, line in zip(rows.all(), state["lines"], strict=True):
            expect(row).to_have_accessible_name(f"Quantity of {line['sku']}")
            expect(row).to_have_value(str(line["quantity"]))
