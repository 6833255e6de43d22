"""Streams: actions, retries, preconditions and reads, as a Redux client sends them."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.smoke.case import Case
from roundtrip_devtools.smoke.client import CaseFailed
from roundtrip_devtools.smoke.contract import TOMBSTONE, NotAsked

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer
    from roundtrip_devtools.smoke.contract import Action, Refusal

_PAGE: Final = 2
_PAGED: Final = 4
_META: Final = {"smoke": "Zoë \N{TEAPOT}"}
_WRITERS: Final = 4
_WRITES_EACH: Final = 3
_ATTEMPTS: Final = 6
_LONGEST_PAUSE_S: Final = 2.0

FOR_VERSION_1: Final = {"If-Match": '"1"'}
FOR_A_NEW_STREAM: Final = {"If-None-Match": "*"}
MISMATCH: Final = {"expectedVersion": 1, "currentVersion": 2}


@Case
def explored(api: Api) -> None:
    """An action opens a stream and others change it; no action that was tried shows a bug."""
    if api.known.faults:
        raise CaseFailed(" ".join(api.known.faults.values()))
    try:
        api.known.first(1)
    except NotAsked as error:
        raise NotAsked(f"{error}. {api.known.why}".rstrip(". ")) from error


@Case
def dispatch(api: Api) -> None:
    """The answer to an action is the state that the action made."""
    opening, change = api.known.first(1)
    stream = api.new_id()
    path = api.stream_path(stream)
    for actions, status, location in (([opening], 201, path), ([opening, change], 200, None)):
        version = len(actions)
        answer = api.dispatch(stream, actions[-1]).expect(status, version, location=location)
        about = {"store": api.store.name, "id": stream, "version": version}
        body = {**about, "state": api.state_of(actions)}
        outcomes = [{"status": "applied", "version": version}]
        answer.require("the body", {**body, "outcomes": outcomes}, answer.document)
        api.get(path).expect(200, version).expect_document(body)


@Case
def dispatch_many(api: Api) -> None:
    """In an array, refused actions are skipped and reported; the others are applied in order."""
    refusal = api.known.refusal
    # A change is known to apply only right after the opening.
    then = api.known.changed_by[:1] if refusal.after == [api.known.opened_by] else []
    applied = [*refusal.after, *then]
    if not applied:
        applied = then = [api.known.opening]
    stream = api.new_id()
    answer = api.dispatch(stream, [*refusal.after, refusal.action, *then])
    outcomes = answer.expect(201, len(applied)).document["outcomes"]
    refused = outcomes.pop(len(refusal.after))
    versions = [{"status": "applied", "version": n} for n in range(1, len(applied) + 1)]
    answer.require("the outcomes of the applied actions", versions, outcomes)
    answer.require("the outcome of the refused action", "rejected", refused["status"])
    answer.require("its code", refusal.code, refused["problem"]["code"])
    answer.require("its type", "/problems/rejected", refused["problem"]["type"])
    answer.has(state=api.state_of(applied))
    types = [event["type"] for event in api.events(stream)]
    answer.require("the history", [action["type"] for action in applied], types)


@Case
def dispatch_all_or_none(api: Api) -> None:
    """An atomic array is applied as a whole, or not at all if a rule refuses one action."""
    actions = api.known.first(1)
    atomic = {"query": {"atomic": "true"}}
    applied = api.dispatch(api.new_id(), actions, **atomic)
    applied.expect(201, 2).has(state=api.state_of(actions))

    refusal = api.known.refusal
    before, then = (refusal.after, []) if refusal.after else ([], actions[:1])
    stream = api.new_id()
    refused = api.dispatch(stream, [*before, refusal.action, *then], **atomic)
    statuses = [outcome["status"] for outcome in refused.problem(422, "rejected")["outcomes"]]
    expected = [*["notApplied"] * len(before), "rejected", *["notApplied"] * len(then)]
    refused.require("the outcomes", expected, statuses)
    api.require_events(stream, 0)


@Case
def business_rule(api: Api) -> None:
    """A rule refuses an action with its code, and nothing is written."""
    refusal = api.known.refusal
    stream = api.new_stream(refusal.after)
    require_rejected(api, stream, refusal, api.dispatch(stream, refusal.action))


@Case
def ended_stream(api: Api) -> None:
    """An ended stream is gone for reads and writes; its history remains."""
    opening, end = api.known.opening, api.known.end
    actions = [opening, *end.before, end.action]
    stream, version = api.new_stream(actions[:-1]), len(actions)
    ended = api.dispatch(stream, end.action).expect(200, version).has(state=TOMBSTONE)
    for answer in (
        api.get(api.stream_path(stream)),
        api.dispatch(stream, opening),
        api.dispatch(stream, [end.action, opening]),
    ):
        answer.problem(410, "deleted", currentVersion=version)
    types = [event["type"] for event in api.events(stream)]
    ended.require("the history", [action["type"] for action in actions], types)


@Case
def time_travel(api: Api) -> None:
    """Every version can be read as it was; a future version is 404."""
    stream, states = api.new_id(), []
    path = api.stream_path(stream)
    for version, action in enumerate(api.known.first(2), 1):
        answer = api.dispatch(stream, action).expect(201 if version == 1 else 200)
        states.append(answer.document["state"])
    for version, state in enumerate(states, 1):
        then = api.get(path, query={"version": str(version)}).expect(200, version)
        then.has(version=version, state=state)
    future = api.get(path, query={"version": str(len(states) + 1)})
    future.problem(404, "version-not-found", currentVersion=len(states))


@Case
def event_pages(api: Api) -> None:
    """The pages of the history join without a gap, and every event is complete."""
    actions = api.known.first(max(_PAGE, min(_PAGED, len(api.known.changed_by))))
    actions[0] = {**actions[0], "meta": _META}
    stream = api.new_id()
    made = api.dispatch(stream, actions).expect(201)
    first = api.get(f"{api.stream_path(stream)}/events", query={"limit": str(_PAGE)})
    first.expect(200).has(next=_PAGE)
    first.require("the length of a page", _PAGE, len(first.document["events"]))

    events = api.events(stream, limit=_PAGE)
    for name in ("recordedAt", "actor"):
        values = {event.pop(name, None) for event in events}
        first.require(f"the number of values of {name} in one request", 1, len(values))
    expected = [{**action, "version": version} for version, action in enumerate(actions, 1)]
    made.require("the events", expected, events)


@Case
def concurrent_writers(api: Api) -> None:
    """Concurrent writers lose nothing, write nothing twice and leave no gap."""
    opening, *changes = api.known.first(_WRITERS * _WRITES_EACH)
    if not api.known.repeatable:
        raise NotAsked("no type of action was found that applies in any order")
    stream = api.new_stream([opening])
    shares = [changes[n::_WRITERS] for n in range(_WRITERS)]

    def write(mine: list[Action]) -> list[tuple[Action, Answer]]:
        return [(action, _dispatch_until_answered(api, stream, action)) for action in mine]

    with ThreadPoolExecutor(_WRITERS) as writers:
        answered = [one for mine in writers.map(write, shares) for one in mine]

    written = [(action, answer) for action, answer in answered if answer.status == HTTPStatus.OK]
    applied = {answer.document["outcomes"][0]["version"]: action for action, answer in written}
    read = api.get(api.stream_path(stream)).expect(200)
    read.require("the versions told", list(range(2, len(written) + 2)), sorted(applied))
    history = [opening, *(applied[version] for version in sorted(applied))]
    told = [(n, one["type"], one.get("payload")) for n, one in enumerate(history, 1)]
    events = [(one["version"], one["type"], one.get("payload")) for one in api.events(stream)]
    read.require("the log", told, events)
    for mine in shares:
        order = [action for action in history if any(action is one for one in mine)]
        kept = [action for action in mine if any(action is one for one in order)]
        read.require("the order of one writer's actions", kept, order)
    read.has(state=api.state_of(history))
    if len(written) < _WRITERS:
        raise NotAsked("the rules refuse nearly all writes in another order")


def _dispatch_until_answered(api: Api, stream: str, action: Action) -> Answer:
    """Retry with the same key when the API asks for it, as a client does."""
    key = _new_key()
    answer = api.dispatch(stream, action, headers=key)
    for _ in range(_ATTEMPTS - 1):
        if answer.status not in {429, 503}:
            break
        time.sleep(min(float(answer.headers.get("retry-after", "1")), _LONGEST_PAUSE_S))
        answer = api.dispatch(stream, action, headers=key)
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        # The rules may require an order that concurrent writers do not keep.
        answer.problem(422, "rejected")
        return answer
    return answer.expect(200)


@Case
def retry_with_a_key(api: Api) -> None:
    """A retry with the same Idempotency-Key gets the same answer and is not applied again."""
    actions, stream, key = api.known.first(1), api.new_id(), _new_key()
    first = api.dispatch(stream, actions, headers=key).expect(201, idempotent_replayed=None)
    location = first.headers.get("location")
    again = api.dispatch(stream, actions, headers=key)
    again.expect(201, 2, idempotent_replayed="true", location=location)
    again.require("the body", first.document, again.document)
    api.require_events(stream, 2)


@Case
def retry_after_other_writes(api: Api) -> None:
    """A later retry gets the first outcome and the current state."""
    opening, change, another = api.known.first(2)
    stream, key = api.new_stream([opening]), _new_key()
    first = api.dispatch(stream, change, headers=key).expect(200)
    other = api.dispatch(stream, another).expect(200)
    again = api.dispatch(stream, change, headers=key).expect(200, 3, idempotent_replayed="true")
    again.has(outcomes=first.document["outcomes"], state=other.document["state"])
    api.require_events(stream, 3)


@Case
def another_body_under_a_key(api: Api) -> None:
    """A key cannot be used again with another body."""
    opening, change, another = api.known.first(2)
    stream, key = api.new_stream([opening]), _new_key()
    api.dispatch(stream, change, headers=key).expect(200)
    # If all changes are equal, the array is still another body.
    for body in ([another], [change, another]):
        api.dispatch(stream, body, headers=key).problem(422, "key-reused")
    api.require_events(stream, 2)


@Case
def if_match(api: Api) -> None:
    """A write for another version changes nothing and is told the current version."""
    opening, change, another = api.known.first(2)
    stream = api.new_stream([opening])
    api.dispatch(stream, change, headers=FOR_VERSION_1).expect(200, 2)
    late = api.dispatch(stream, another, headers=FOR_VERSION_1)
    late.problem(412, "version-mismatch", **MISMATCH)
    taken = api.dispatch(stream, another, headers=FOR_A_NEW_STREAM)
    taken.problem(412, "version-mismatch")
    api.require_events(stream, 2)
    api.dispatch(stream, another, headers={"If-Match": '"2"'}).expect(200, 3)


@Case
def if_none_match(api: Api) -> None:
    """A read of a version that the reader already has is 304, without a body."""
    require_conditional_read(api, api.stream_path(api.new_stream([api.known.opening])))


def _new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def require_rejected(api: Api, stream: str, refusal: Refusal, answer: Answer) -> None:
    """Require a rule to have refused a request for a stream, without writing anything."""
    version = len(refusal.after)
    answer.problem(422, "rejected", code=refusal.code, currentVersion=version, retryable=False)
    api.require_events(stream, version)


def require_conditional_read(api: Api, path: str) -> None:
    """Require 304 for a reader that has the version, and 200 for one that has another."""
    tag = api.get(path).expect(200, 1).headers["etag"]
    same = api.get(path, headers={"If-None-Match": tag}).expect(304, 1)
    same.require("the body", b"", same.body)
    for other in ('"7"', tag.replace("1.", "7.", 1)):
        api.get(path, headers={"If-None-Match": other}).expect(200, 1).has(version=1)
