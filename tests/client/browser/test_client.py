"""The client in a browser with a dialog, a database without an answer, a worker's old answers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.client.browser.counter_page import CounterPage, blank_page, bundle_counter, serve
from tests.client.browser.stream import Stream

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.client.browser.browser_fixtures import Complaints

pytestmark = [pytest.mark.engine, pytest.mark.browser]

_NOT_DURABLE = "pending actions will not survive a reload"

# Opens are not answered until `answer()` is called.
_HOLD_OPENS = """
const open = IDBFactory.prototype.open
const held = []
IDBFactory.prototype.open = function (...options) {
  const request = {}
  held.push(() => {
    const real = open.apply(indexedDB, options)
    for (const name of ['upgradeneeded', 'success', 'error']) {
      real.addEventListener(name, () => {
        request.result = real.result
        request[`on${name}`]?.()
      })
    }
  })
  return request
}
globalThis.answer = () => {
  IDBFactory.prototype.open = open
  for (const go of held) go()
}
"""

# Resolves when the upgrade has begun; it ends when `end()` is called.
_UPGRADE = """() => new Promise((resolve) => {
  const opening = indexedDB.open('roundtrip', 99)
  opening.onupgradeneeded = () => {
    const store = opening.result.createObjectStore('new')
    const again = () => { store.count().onsuccess = again }
    again()
    globalThis.end = () => opening.transaction.abort()
    resolve()
  }
})"""

# Asks the network first, and answers from its cache when that fails.
_WORKER = """
let isOffline = false
addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('message', ({ data, ports }) => {
  isOffline = data === 'offline'
  ports[0].postMessage('')
})
const answer = async (request) => {
  const cache = await caches.open('kept')
  try {
    if (isOffline) throw new TypeError('offline')
    const found = await fetch(request)
    if (request.method === 'GET') await cache.put(request, found.clone())
    return found
  } catch {
    return (await cache.match(request, { ignoreSearch: true })) ?? Response.error()
  }
}
addEventListener('fetch', (event) => event.respondWith(answer(event.request)))
"""

_REGISTER = """async () => {
  await navigator.serviceWorker.register('worker.js')
  await navigator.serviceWorker.ready
}"""

_SEND = """(word) => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = resolve
  navigator.serviceWorker.controller.postMessage(word, [port2])
})"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page's script."""
    return bundle_counter(tmp_path_factory.mktemp("counter"))


@pytest.fixture
def stream(server_url: str) -> Stream:
    """A new counter."""
    return Stream(server_url, "counters", f"c-{uuid.uuid4().hex}")


def expect_steps(stream: Stream, *steps: int) -> None:
    assert [payload["by"] for payload in stream.payloads("counter/stepped")] == list(steps)


def test_a_tab_sends_while_the_leading_tab_shows_a_dialog(
    context: BrowserContext, script: str, stream: Stream
) -> None:
    serve(context, script)
    leading = CounterPage(context, stream.id)
    leading.expect(status="synced")
    other = CounterPage(context, stream.id)
    other.expect(status="synced")
    with leading.page.expect_event("dialog") as event:
        leading.page.evaluate("() => { setTimeout(() => alert('Really?')) }")
    try:
        other.step(2)
        other.expect(status="synced", version=1)
        expect_steps(stream, 2)
    finally:
        event.value.accept()
    leading.expect(status="synced", version=1, count=2)
    leading.step(3)
    for tab in (leading, other):
        tab.expect(status="synced", version=2, count=5)
    expect_steps(stream, 2, 3)


def test_a_page_whose_database_is_never_opened_works_from_memory(
    context: BrowserContext, script: str, stream: Stream, complaints: Complaints
) -> None:
    serve(context, script)
    tab = CounterPage(context, stream.id, _HOLD_OPENS)
    tab.step(1)
    tab.expect(status="synced", durable=False, version=1)
    tab.step(2)
    tab.flush()
    expect_steps(stream, 1, 2)
    complaints.take(_NOT_DURABLE)
    context.set_offline(True)
    tab.step(3)
    tab.page.evaluate("() => answer()")
    tab.expect(durable=True)
    tab.expect_pending(1)
    tab.page.close()
    context.set_offline(False)
    CounterPage(context, stream.id).expect(status="synced", version=3, count=6)
    expect_steps(stream, 1, 2, 3)


def test_a_page_works_while_another_tab_upgrades_the_database(
    context: BrowserContext, script: str, stream: Stream, complaints: Complaints
) -> None:
    serve(context, script)
    tab = CounterPage(context, stream.id)
    tab.step(1)
    tab.expect(status="synced", version=1, durable=True)
    upgrading = blank_page(context)
    upgrading.evaluate(_UPGRADE)
    tab.step(2)
    tab.expect(status="synced", version=2, durable=False)
    expect_steps(stream, 1, 2)
    complaints.take(_NOT_DURABLE)
    upgrading.evaluate("() => end()")
    tab.expect(durable=True)
    tab.step(3)
    tab.expect(status="synced", version=3, durable=True)
    expect_steps(stream, 1, 2, 3)


def test_an_answer_that_a_service_worker_kept_is_not_the_servers(
    context: BrowserContext, script: str, stream: Stream
) -> None:
    serve(context, script, _WORKER)
    stream.dispatch({"type": "counter/stepped", "payload": {"by": 1}})
    blank_page(context).evaluate(_REGISTER)
    tab = CounterPage(context, stream.id)
    tab.expect(status="synced", version=1)
    for by in (2, 3, 4):
        tab.step(by)
    tab.expect(status="synced", version=4)
    tab.page.evaluate(_SEND, "offline")
    tab.flush()
    tab.expect(status="offline", version=4, count=10)
    tab.page.evaluate(_SEND, "online")
    tab.flush()
    tab.expect(status="synced", version=4, count=10)
