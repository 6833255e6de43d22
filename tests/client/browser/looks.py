"""Checks for any content of the page: it fits the screen and is accessible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.client.browser.browser_fixtures import DESKTOP, PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.client.browser.chromium import Chromium

# More than the number of controls on the page.
_MOST_STEPS = 40
_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('section')]
  .filter((part) => part.scrollWidth > part.clientWidth)
  .map((part) => part.tagName + ' ' + (part.ariaLabel ?? part.firstElementChild.textContent))"""


def expect_to_fit(page: Page) -> None:
    """Check that the page needs no horizontal scrolling and nothing overflows its region."""
    assert page.evaluate(_TOO_WIDE) == []


def expect_accessible(page: Page, build: Chromium) -> None:
    """Check that axe finds no serious violation."""
    # Through the debugger, which the page's content security policy does not restrict.
    page.evaluate(build.axe.read_text())
    violations: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run({resultTypes: ['violations']})).violations"
    )
    serious = [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def expect_good_looks(page: Page, build: Chromium) -> None:
    """Check that the page fits and is accessible on each screen and in each colour scheme."""
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        expect_to_fit(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            expect_accessible(page, build)


def walk_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus."""
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} cannot be reached with the Tab key")
