"""Several writers on one stream."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.smoke.client import MOST_AT_ONCE
from roundtrip_devtools.smoke.known import NotAsked

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.contract import Action

_WRITES_EACH: Final = 3
_ATTEMPTS: Final = 6
_LONGEST_PAUSE_S: Final = 2.0
_COME_AGAIN: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def concurrent_writers(api: Api) -> None:
    """Writers at the same time lose nothing, write nothing twice and leave no gap."""
    opening, *changes = api.known.first(MOST_AT_ONCE * _WRITES_EACH)
    if not api.known.repeatable:
        raise NotAsked("no one type of action was found that can be applied in any order")
    stream = api.new_stream([opening])
    shares = [changes[n::MOST_AT_ONCE] for n in range(MOST_AT_ONCE)]

    def write(mine: list[Action]) -> list[tuple[Action, Answer]]:
        return [(action, _dispatch_until_answered(api, stream, action)) for action in mine]

    with ThreadPoolExecutor(MOST_AT_ONCE) as writers:
        answered = [one for mine in writers.map(write, shares) for one in mine]

    applied = {
        answer.document["outcomes"][0]["version"]: action
        for action, answer in answered
        if answer.status == HTTPStatus.OK
    }
    read = api.get(api.stream_path(stream)).expect(HTTPStatus.OK)
    written = sum(answer.status == HTTPStatus.OK for _, answer in answered)
    read.require("the versions told", list(range(2, written + 2)), sorted(applied))
    events = api.events(stream)
    logged = [event["version"] for event in events]
    read.require("the versions logged", list(range(1, written + 2)), logged)
    history = [opening, *(applied[version] for version in sorted(applied))]
    told = [(action["type"], action.get("payload")) for action in history]
    read.require("the log", told, [(event["type"], event.get("payload")) for event in events])
    for mine in shares:
        order = [action for action in history if any(action is one for one in mine)]
        kept = [action for action in mine if any(action is one for one in order)]
        read.require("the order of one writer's actions", kept, order)
    read.require("the state", api.state_of(history), read.document["state"])
    if written < MOST_AT_ONCE:
        raise NotAsked("in another order the rules refuse nearly all that was to be written")


def _dispatch_until_answered(api: Api, stream: str, action: Action) -> Answer:
    """Come again when asked to, as a client does: with the same key."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answer = api.dispatch(stream, action, headers=key)
    for _ in range(_ATTEMPTS - 1):
        if answer.status not in _COME_AGAIN:
            break
        pause_s = answer.headers.get("retry-after", "1")
        time.sleep(min(float(pause_s), _LONGEST_PAUSE_S))
        answer = api.dispatch(stream, action, headers=key)
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        # Rules may want an order that writers at the same time do not keep.
        answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "rejected")
        return answer
    return answer.expect(HTTPStatus.OK)
