"""Several writers on one stream."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.smoke.client import MOST_AT_ONCE
from roundtrip_devtools.smoke.orders import line_added

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api

_WRITES_EACH: Final = 3
_ATTEMPTS: Final = 6
_LONGEST_PAUSE_S: Final = 2.0
_COME_AGAIN: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def concurrent_writers(api: Api) -> None:
    """Writers at the same time lose nothing, write nothing twice and leave no gap."""
    order = api.new_order()
    skus = [[f"{writer}-{n}" for n in range(_WRITES_EACH)] for writer in range(MOST_AT_ONCE)]

    def write(mine: list[str]) -> list[Answer]:
        return [_dispatch_until_answered(api, order, line_added(sku)) for sku in mine]

    with ThreadPoolExecutor(MOST_AT_ONCE) as writers:
        answers = [answer for mine in writers.map(write, skus) for answer in mine]

    wanted = {sku for mine in skus for sku in mine}
    versions = sorted(answer.document["outcomes"][0]["version"] for answer in answers)
    read = api.get(f"/stores/salesOrders/{order}").expect(HTTPStatus.OK)
    read.require("the versions told", list(range(2, len(wanted) + 2)), versions)
    events = api.events(order)
    logged = [event["version"] for event in events]
    read.require("the versions logged", list(range(1, len(wanted) + 2)), logged)
    added = [event["payload"]["sku"] for event in events[1:]]
    read.require("the lines logged", sorted(wanted), sorted(added))
    lines = [line["sku"] for line in read.document["state"]["lines"]]
    read.require("the lines, in the order of the log", ["tea", *added], lines)
    for mine in skus:
        kept = [sku for sku in added if sku in mine]
        read.require("the order of one writer's lines", mine, kept)


def _dispatch_until_answered(api: Api, order: str, action: dict[str, Any]) -> Answer:
    """Come again when asked to, as a client does: with the same key."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(_ATTEMPTS - 1):
        answer = api.dispatch(order, action, headers=key)
        if answer.status not in _COME_AGAIN:
            return answer.expect(HTTPStatus.OK)
        pause_s = answer.headers.get("retry-after", "1")
        time.sleep(min(float(pause_s), _LONGEST_PAUSE_S))
    return api.dispatch(order, action, headers=key).expect(HTTPStatus.OK)
