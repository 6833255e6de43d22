"""Actions, one or many, as a Redux client dispatches them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.answer import CaseFailed
from roundtrip_devtools.smoke.known import NotAsked

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api


def explored(api: Api) -> None:
    """An action opens a stream, and others change it; none that was tried shows a bug."""
    if api.known.faults:
        raise CaseFailed(" ".join(api.known.faults.values()))
    try:
        api.known.first(1)
    except NotAsked as error:
        raise NotAsked(f"{error}. {api.known.why}" if api.known.why else f"{error}") from error


def dispatch(api: Api) -> None:
    """The answer to an action is the state that it made."""
    opening, change = api.known.first(1)
    stream = api.new_id()
    first = api.dispatch(stream, opening)
    first.expect(HTTPStatus.CREATED, etag='"1"', location=api.stream_path(stream))
    answer = {"store": api.store.name, "id": stream, "version": 1}
    outcome = {"status": "applied", "version": 1}
    opened = api.state_of([opening])
    whole = {**answer, "state": opened, "outcomes": [outcome]}
    first.require("the body", whole, first.document)
    read = api.get(api.stream_path(stream)).expect(HTTPStatus.OK, etag='"1"')
    read.expect_document({**answer, "state": opened})

    later = api.dispatch(stream, change).expect(HTTPStatus.OK, etag='"2"', location=None)
    changed = api.state_of([opening, change])
    outcome = {"status": "applied", "version": 2}
    whole = {**answer, "version": 2, "state": changed, "outcomes": [outcome]}
    later.require("the body", whole, later.document)
    read = api.get(api.stream_path(stream)).expect(HTTPStatus.OK, etag='"2"')
    read.expect_document({**answer, "version": 2, "state": changed})


def dispatch_many(api: Api) -> None:
    """Of an array what a rule refuses is skipped and reported; the rest is applied, in order."""
    refusal = api.known.refusal
    # Known to follow, where a stream is opened and no more is needed.
    then = api.known.changed_by[:1] if refusal.after == [api.known.opened_by] else []
    applied = [*refusal.after, *then]
    if not applied:
        applied = then = [api.known.opening]
    stream, place = api.new_id(), len(refusal.after)
    answer = api.dispatch(stream, [*refusal.after, refusal.action, *then])
    answer.expect(HTTPStatus.CREATED, etag=f'"{len(applied)}"')
    outcomes = answer.document["outcomes"]
    refused = outcomes.pop(place)
    versions = [{"status": "applied", "version": n} for n in range(1, len(applied) + 1)]
    answer.require("the outcomes of what is applied", versions, outcomes)
    answer.require("the other outcome", "rejected", refused["status"])
    answer.require("its code", refusal.code, refused["problem"]["code"])
    answer.require("its type", "/problems/rejected", refused["problem"]["type"])
    answer.require("the state", api.state_of(applied), answer.document["state"])
    types = [event["type"] for event in api.events(stream)]
    answer.require("the history", [action["type"] for action in applied], types)


def dispatch_all_or_none(api: Api) -> None:
    """Of an atomic array one rejection rejects all; without one all are applied."""
    actions = api.known.first(1)
    atomic = {"query": {"atomic": "true"}}
    applied = api.dispatch(api.new_id(), actions, **atomic)
    applied.expect(HTTPStatus.CREATED, etag='"2"')
    applied.require("the state", api.state_of(actions), applied.document["state"])

    refusal = api.known.refusal
    before, then = (refusal.after, []) if refusal.after else ([], actions[:1])
    stream = api.new_id()
    refused = api.dispatch(stream, [*before, refusal.action, *then], **atomic)
    problem = refused.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "rejected")
    statuses = [outcome["status"] for outcome in problem["outcomes"]]
    expected = [*["notApplied"] * len(before), "rejected", *["notApplied"] * len(then)]
    refused.require("the outcomes", expected, statuses)
    api.require_events(stream, 0)


def business_rule(api: Api) -> None:
    """A rule refuses an action with its code, and nothing is written."""
    refusal = api.known.refusal
    stream, version = api.new_id(), len(refusal.after)
    if refusal.after:
        api.dispatch(stream, refusal.after).expect(HTTPStatus.CREATED, etag=f'"{version}"')
    answer = api.dispatch(stream, refusal.action)
    answer.rejection(refusal.code, version)
    api.require_events(stream, version)


def ended_stream(api: Api) -> None:
    """What is ended is gone, for reads and for writes; its history is not."""
    opening, end = api.known.opening, api.known.end
    actions = [opening, *end.before, end.action]
    version = len(actions)
    stream = api.new_stream(actions[:-1])
    ended = api.dispatch(stream, end.action).expect(HTTPStatus.OK, etag=f'"{version}"')
    ended.require("the state", {"$deleted": True}, ended.document["state"])
    for answer in (
        api.get(api.stream_path(stream)),
        api.dispatch(stream, opening),
        api.dispatch(stream, [end.action, opening]),
    ):
        problem = answer.problem(HTTPStatus.GONE, "deleted")
        answer.require("currentVersion", version, problem["currentVersion"])
    types = [event["type"] for event in api.events(stream)]
    ended.require("the history", [action["type"] for action in actions], types)
