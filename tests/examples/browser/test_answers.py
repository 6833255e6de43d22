"""Responses that decide nothing: a required sign-in, and a captive portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.examples.browser.traffic import Sends

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Route

    from tests.client.browser.stream import Stream
    from tests.examples.browser.example_tab import ExampleTab

pytestmark = [pytest.mark.engine, pytest.mark.browser]

# The response of an HTTP API of API Gateway to a caller whom its authorizer refuses.
UNAUTHORIZED: dict[str, Any] = {
    "status": 401,
    "content_type": "application/json",
    "body": '{"message":"Unauthorized"}',
}
# The service's response to a caller without permission.
FORBIDDEN: dict[str, Any] = {
    "status": 403,
    "content_type": "application/problem+json",
    "body": '{"type":"/problems/forbidden","title":"Not allowed","status":403,"retryable":false}',
}
CAPTIVE_PORTAL: dict[str, Any] = {
    "status": 200,
    "content_type": "text/html",
    "body": "<!doctype html><title>Welcome to the hotel's network</title>",
}


class Answers:
    """Answers in place of the server while it is on."""

    def __init__(self, context: BrowserContext, answer: dict[str, Any]) -> None:
        self.on = True
        self._answer = answer
        self.sends = Sends(context, self._handle)

    def _handle(self, route: Route) -> None:
        if self.on:
            route.fulfill(**self._answer)
        else:
            route.continue_()


@pytest.mark.parametrize(
    ("answer", "button"),
    [(UNAUTHORIZED, "Sync now"), (FORBIDDEN, "Resume")],
    ids=["401-flush", "403-resume"],
)
def test_no_action_is_lost_while_the_server_requires_a_sign_in(
    tab: ExampleTab,
    context: BrowserContext,
    order: Stream,
    answer: dict[str, Any],
    button: str,
) -> None:
    answers = Answers(context, answer)
    actions = [tab.create_order()]
    tab.expect_status("needsAuth")
    actions += [tab.add_line("tea"), tab.change_quantity("tea", 2)]
    tab.wait_until_stored(3)
    tab.page.reload()
    tab.expect_pending(3)
    tab.expect_status("needsAuth")
    assert order.actions() == []

    asked = len(answers.sends.routes)
    answers.on = False
    tab.click(button)
    tab.expect_synced()
    # The refused batch is sent again unchanged.
    assert answers.sends.keys[asked] == answers.sends.keys[0]
    assert order.actions() == actions
    tab.expect_lines_of(order.state())


def test_no_action_is_lost_behind_a_captive_portal(
    tab: ExampleTab, context: BrowserContext, order: Stream
) -> None:
    answers = Answers(context, CAPTIVE_PORTAL)
    actions = [tab.create_order(), tab.add_line("tea"), tab.change_quantity("tea", 2)]
    tab.expect_status("offline")
    tab.expect_pending(3)
    assert order.actions() == []

    answers.on = False
    tab.expect_synced()
    assert order.actions() == actions
    assert len(set(answers.sends.keys[:2])) == 1
    tab.expect_lines_of(order.state())
