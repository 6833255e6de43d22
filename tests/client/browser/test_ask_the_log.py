"""The page's questions to the log of all streams."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.client.browser.looks import expect_good_looks, expect_to_fit, walk_to
from tests.client.browser.stream import Stream

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.client.browser.chromium import Chromium

pytestmark = [pytest.mark.engine, pytest.mark.browser]


@pytest.fixture(autouse=True)
def _logged(server_url: str) -> None:
    """Three counters, of which two are reset."""
    for number in range(3):
        stream = Stream(server_url, "counters", f"ask-{uuid.uuid4().hex}")
        stream.dispatch({"type": "counter/stepped", "payload": {"by": 1}})
        if number:
            stream.dispatch({"type": "counter/reset"})


def test_a_funnel_is_asked_with_the_keyboard_and_shown(
    context: BrowserContext, build: Chromium
) -> None:
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Ask the log").click()
    expect(page.get_by_role("status", name="Log")).to_contain_text("actions, until")
    walk_to(page, page.get_by_role("button", name="Ask", exact=True))
    page.keyboard.press("Enter")
    rows = page.get_by_role("region", name="Table of the answer").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("counter/stepped")
    expect(rows.nth(2)).to_contain_text("counter/reset")
    expect(page.get_by_role("img", name="Funnel")).to_be_visible()
    expect_good_looks(page, build)
    page.get_by_role("link", name="notes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("notes")


def test_each_recipe_is_answered(screen: BrowserContext) -> None:
    page = screen.new_page()
    page.goto("/#/ask")
    recipes = page.get_by_role("group", name="Recipes").get_by_role("button")
    expect(recipes.first).to_be_visible()
    for recipe in recipes.all():
        recipe.click()
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_role("status", name="Answer")).not_to_be_empty()
        expect_to_fit(page)
