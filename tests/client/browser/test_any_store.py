"""The generic view: the stores of any project, and all their actions."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.client.browser.any_tab import AnyTab
from tests.client.browser.looks import expect_good_looks, walk_to
from tests.client.browser.stream import Stream

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.client.browser.chromium import Chromium

pytestmark = [pytest.mark.engine, pytest.mark.browser]

UNBREAKABLE = "W" * 200


@pytest.fixture
def counter(server_url: str) -> Stream:
    """A new counter."""
    return Stream(server_url, "counters", f"c-{uuid.uuid4().hex}")


@pytest.fixture
def note(server_url: str) -> Stream:
    """A new note."""
    return Stream(server_url, "notes", f"n-{uuid.uuid4().hex}")


@pytest.fixture
def tab(context: BrowserContext, counter: Stream) -> AnyTab:
    """A tab that shows the counter."""
    return AnyTab(context, counter)


def test_a_first_visit_shows_a_new_stream_of_the_first_store(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    stores = page.get_by_role("navigation", name="Stores").get_by_role("link")
    expect(stores).to_have_text(["counters", "notes"])
    expect(page.get_by_role("heading", level=1)).to_have_text("counters")
    first = page.url
    page.get_by_role("link", name="notes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("notes")
    expect(page.get_by_role("navigation", name="Views")).to_have_count(0)
    expect(page.get_by_role("combobox", name="User")).to_have_count(0)
    page.get_by_role("link", name="counters").click()
    expect(page).to_have_url(first)
    page.get_by_role("button", name="New stream").click()
    expect(page).not_to_have_url(first)


def test_an_action_is_sent_with_the_payload_of_its_template(tab: AnyTab, counter: Stream) -> None:
    expect(tab.state).to_have_text("Nothing has been dispatched to this stream yet.")
    expect(tab.payload).to_have_value(json.dumps({"by": 3, "because": ""}, indent=2))
    tab.click("Dispatch")
    tab.expect_applied(1)
    tab.expect_state({"count": 3})
    assert counter.actions() == [{"type": "counter/stepped", "payload": {"by": 3, "because": ""}}]
    tab.dispatch("counter/reset")
    tab.expect_applied(2)
    tab.expect_state({"count": 0})
    expect(tab.items("Events")).to_have_count(2)


def test_a_rejected_action_is_shown_and_can_be_discarded(tab: AnyTab, counter: Stream) -> None:
    tab.dispatch("counter/stepped", {"by": 100})
    tab.expect_applied(1)
    tab.dispatch("counter/stepped", {"by": 1})
    refused = "Refused: The counter ends at 100. (too-far)"
    expect(tab.answer).to_have_text(refused)
    tab.click("Discard counter/stepped")
    expect(tab.items("Rejected actions")).to_have_count(0)
    expect(tab.answer).to_have_text(refused)
    assert len(counter.actions()) == 1


def test_an_invalid_payload_is_answered_with_each_error(tab: AnyTab) -> None:
    tab.dispatch("counter/stepped", {"by": 0, "becuase": "typo"})
    expect(tab.answer).to_contain_text("Refused:")
    faults = tab.items("Errors")
    expect(faults).to_have_count(2)
    expect(faults.filter(has_text="becuase")).to_have_count(1)
    expect(tab.items("Events")).to_have_count(0)


def test_a_payload_that_is_not_json_is_not_sent(tab: AnyTab, counter: Stream) -> None:
    tab.payload.fill("{by: 1}")
    tab.click("Dispatch")
    expect(tab.page.get_by_role("alert").filter(has_text="expected JSON")).to_be_visible()
    tab.expect_pending(0)
    tab.click("Reset to template")
    tab.click("Dispatch")
    tab.expect_applied(1)
    assert len(counter.actions()) == 1


def test_a_store_with_a_collection_works_like_any_other(
    context: BrowserContext, note: Stream
) -> None:
    tab = AnyTab(context, note)
    tab.dispatch("notes/created", {"title": "Tea", "text": "buy some"})
    tab.expect_applied(1)
    tab.choose("notes/updated")
    expect(tab.payload).to_have_value(json.dumps({"title": "text", "text": ""}, indent=2))
    tab.dispatch("notes/updated", {"text": "bought"})
    tab.expect_applied(2)
    tab.expect_state(note.state())
    tab.dispatch("notes/deleted")
    tab.expect_applied(3)
    expect(tab.find("region", "notes")).to_contain_text("deleted")


def test_actions_dispatched_offline_arrive_once_in_order(tab: AnyTab, counter: Stream) -> None:
    tab.switch_network(on=False)
    tab.dispatch("counter/stepped", {"by": 1})
    tab.dispatch("counter/stepped", {"by": 2})
    expect(tab.answer).to_have_text("Waiting for the server.")
    tab.wait_until_stored(2)
    tab.page.reload()
    tab.expect_pending(2)
    tab.switch_network(on=True)
    tab.expect_synced()
    tab.expect_state({"count": 3})
    assert [payload["by"] for payload in counter.payloads("counter/stepped")] == [1, 2]


def test_the_console_travels_compares_and_exports_without_reducers(
    tab: AnyTab, counter: Stream
) -> None:
    counter.dispatch(*({"type": "counter/stepped", "payload": {"by": by}} for by in range(1, 10)))
    tab.click("Sync now")
    expect(tab.items("Events")).to_have_count(9)
    tab.find("slider", "Version").fill("4")
    shown = tab.find("region", "State at version 4")
    expect(shown).to_have_text(json.dumps({"count": 10}, indent=2))
    expect(tab.find("list", "Changes")).to_contain_text("6 → 10")
    with tab.page.expect_download() as download:
        tab.click("Export for Redux DevTools")
    lifted = json.loads(json.loads(download.value.path().read_text())["payload"])
    actions = [lifted["actionsById"][str(id_)]["action"] for id_ in lifted["stagedActionIds"]]
    assert actions[1:] == counter.actions()
    assert [computed["state"] for computed in lifted["computedStates"][1:]] == [
        {"counters": counter.state(version)} for version in range(1, 10)
    ]


def test_streams_are_listed_by_page_and_opened_by_id(
    context: BrowserContext, server_url: str
) -> None:
    prefix = uuid.uuid4().hex
    made = [Stream(server_url, "counters", f"{prefix}-{number}") for number in range(12)]
    for stream in made:
        stream.dispatch({"type": "counter/reset"})
    tab = AnyTab(context, made[-1])
    newest = [stream.id for stream in reversed(made)]
    streams = tab.items("Streams").locator(".text")
    expect(streams).to_have_text(newest[:10])
    tab.click("Older")
    expect(streams.nth(1)).to_have_text(newest[11])
    tab.find("button", "Newest").click()
    expect(streams).to_have_text(newest[:10])
    tab.page.get_by_role("link", name=newest[3]).click()
    expect(tab.page).to_have_url(f"{server_url}/#/counters/{newest[3]}")

    tab.fill("Stream id", newest[11])
    tab.click("Open")
    expect(tab.page).to_have_url(f"{server_url}/#/counters/{newest[11]}")
    tab.expect_state({"count": 0})


def test_it_fits_every_screen_and_is_accessible(
    context: BrowserContext, note: Stream, build: Chromium
) -> None:
    note.dispatch(
        {"type": "notes/created", "payload": {"title": UNBREAKABLE, "text": "buy some"}},
        {"type": "notes/updated", "payload": {"text": UNBREAKABLE}},
    )
    tab = AnyTab(context, note)
    tab.dispatch("notes/updated", {"title": "", UNBREAKABLE: 1})
    expect(tab.items("Errors")).to_have_count(2)
    tab.switch_network(on=False)
    tab.dispatch("notes/updated", {"title": UNBREAKABLE})
    tab.expect_pending(1)
    tab.page.get_by_text("Schema of the payload").first.click()
    expect(tab.find("region", "Schema of the payload")).to_be_visible()
    expect_good_looks(tab.page, build)


def test_it_follows_the_colour_scheme_of_the_system(screen: BrowserContext) -> None:
    page = screen.new_page()
    page.goto("/")
    channels: list[int] = page.locator("body").evaluate(
        "body => getComputedStyle(body).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map(Number)"
    )
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (max(channels) < 128) == is_dark
    assert (min(channels) > 127) != is_dark


def test_an_action_is_dispatched_with_the_keyboard_only(tab: AnyTab, counter: Stream) -> None:
    keyboard = tab.page.keyboard
    tab.expect_synced()
    walk_to(tab.page, tab.payload)
    keyboard.press("ControlOrMeta+A")
    keyboard.type('{"by": 7}')
    walk_to(tab.page, tab.find("button", "Dispatch"))
    keyboard.press("Enter")
    tab.expect_applied(1)
    walk_to(tab.page, tab.find("switch", "Network"))
    assert counter.state() == {"count": 7}


def test_a_page_that_cannot_read_the_api_reports_it_and_tries_again(
    context: BrowserContext,
) -> None:
    page = context.new_page()
    page.route("**/openapi.json", lambda route: route.fulfill(status=503))
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("received 503")
    page.unroute("**/openapi.json")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("counters")
