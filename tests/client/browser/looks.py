"""What holds for whatever the page shows: it fits, and everybody can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.client.browser.chromium import Chromium

# More than the page has controls before the last one.
_MOST_STEPS = 40
_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('section')]
  .filter((part) => part.scrollWidth > part.clientWidth)
  .map((part) => part.tagName + ' ' + (part.ariaLabel ?? part.firstElementChild.textContent))"""


def expect_to_fit(page: Page) -> None:
    """See that the page need not be scrolled sideways, and nothing sticks out of its region."""
    assert page.evaluate(_TOO_WIDE) == []


def expect_accessible(page: Page, build: Chromium) -> None:
    """See that axe finds nothing serious."""
    # By the debugger, which the page's content security policy does not concern.
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


def walk_to(page: Page, goal: Locator) -> None:
    """Press ExampleTab until the goal has the focus."""
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} cannot be reached with the Tab key")
