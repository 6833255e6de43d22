"""A tab that shows a stream in the generic view."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.client.browser.tab import Tab

if TYPE_CHECKING:
    from playwright.sync_api import Locator


class AnyTab(Tab):
    """A tab that shows a stream of any store in the generic view."""

    @property
    def payload(self) -> Locator:
        """The editor of the payload."""
        return self.find("textbox", "Payload")

    @property
    def answer(self) -> Locator:
        """The server's answer to the last action."""
        return self.find("status", "Answer")

    @property
    def state(self) -> Locator:
        """The displayed state."""
        return self.find("region", "State")

    def choose(self, action: str) -> None:
        """Choose an action, which fills the editor with its template."""
        self.find("combobox", "Action").select_option(action)
        expect(self.find("form", f"Dispatch {action}")).to_be_visible()

    def dispatch(self, action: str, payload: Any = None) -> None:
        """Dispatch an action, without waiting for the answer."""
        self.choose(action)
        if payload is not None:
            self.payload.fill(json.dumps(payload))
        self.click("Dispatch")

    def expect_applied(self, version: int) -> None:
        """Wait until the last action is applied at a version."""
        expect(self.answer).to_have_text(f"Applied: the stream is at version {version}.")

    def expect_state(self, state: Any) -> None:
        """Wait until a state is shown."""
        expect(self.state).to_have_text(json.dumps(state, indent=2, ensure_ascii=False))
