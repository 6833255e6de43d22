"""Requests that the API must refuse: each with its own problem, and nothing is written."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.smoke.case import Case, for_collections
from roundtrip_devtools.smoke.contract import NotAsked

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer

_BODY_LIMIT_BYTES: Final = 1024 * 1024
# A model may accept more than its schema says, for example with a validator that converts.
_MISFITS: Final = 8
_NOT_JSON: Final = {
    "an empty body": "",
    "a truncated body": '{"type":%s',
    "a trailing comma": '{"type":%s,}',
    "two documents": '{"type":%s} {}',
    "a duplicate name": '{"type":"a/b","type":%s}',
    "NaN": '{"type":%s,"payload":NaN}',
    "an infinite number": '{"type":%s,"payload":Infinity}',
    "a lone surrogate": '{"type":%s,"payload":"\\ud800"}',
}


@Case
def malformed_body(api: Api) -> None:
    """A body that is not strict JSON is 400: truncated, a duplicate name, NaN, half a character."""
    stream, version = _some_stream(api)
    action = _some_action(api)
    for what, text in _NOT_JSON.items():
        body = text.replace("%s", json.dumps(action["type"])).encode()
        answer = api.dispatch(stream, body=body or None)
        if answer.slug not in {"not-json", "malformed-request"}:
            raise answer.failure(f"{what} to be refused as not JSON")
        answer.problem(400, answer.slug)
    api.dispatch(stream, {**action, "version": 1}).problem(400, "malformed-request")
    api.require_events(stream, version)


@Case
def unknown_action(api: Api) -> None:
    """An action type that the store does not know is 422, and nothing of its array is applied."""
    stream, version = _some_stream(api)
    answer = api.dispatch(stream, [_some_action(api), {"type": "smoke/unheardOf"}])
    problem = answer.problem(422, "unknown-action-type")
    answer.require("the positions", [1], [error["index"] for error in problem["errors"]])
    api.require_events(stream, version)


@Case
def invalid_payload(api: Api) -> None:
    """A payload that does not fit its schema is 422, with the place of the error."""
    first, answer = _some_action(api), None
    for action, place in islice(api.store.misfits(), _MISFITS):
        stream, version = _some_stream(api)
        answer = api.dispatch(stream, [first, action])
        if answer.slug == "invalid-payload":
            _require_place(answer, f"/payload{place}", index=1)
            api.require_events(stream, version)
            return
    if answer is None:
        raise NotAsked(f"every value fits the payloads of {api.store.name}")
    answer.problem(422, "invalid-payload")


@for_collections
def wrong_entity(api: Api) -> None:
    """A body that does not describe an entity is 422, with the place of the error."""
    created, answer = api.store.payloads[f"{api.store.crud}created"], None
    for fields, place in islice(api.store.samples.misfits(created), _MISFITS):
        if isinstance(fields, dict):
            entity = api.new_id()
            answer = api.create(fields, entity)
            if answer.slug == "invalid-payload":
                _require_place(answer, place)
                api.require_events(entity, 0)
                return
    if answer is None:
        raise NotAsked("every object describes an entity")
    answer.problem(422, "invalid-payload")


@Case
def too_large(api: Api) -> None:
    """A body over 1 MiB is 413."""
    stream, body = api.new_id(), json.dumps(_some_action(api)).encode()
    answer = api.dispatch(stream, body=body + b" " * (_BODY_LIMIT_BYTES + 1 - len(body)))
    answer.problem(413, "too-large", limitBytes=_BODY_LIMIT_BYTES)
    api.require_events(stream, 0)


@Case
def wrong_media_type(api: Api) -> None:
    """A body with another media type than JSON is 415."""
    stream = api.new_id()
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = api.dispatch(stream, _some_action(api), headers={"Content-Type": media_type})
        answer.problem(415, "unsupported-media-type")
    api.require_events(stream, 0)


@Case
def wrong_path(api: Api) -> None:
    """A stream that does not exist is 404."""
    path = api.stream_path(api.new_id())
    for one in (path, f"{path}/events"):
        api.get(one).problem(404, "stream-not-found", instance=one)


@Case
def wrong_method(api: Api) -> None:
    """A method that a path does not have is 405, with the methods that it has."""
    path = api.stream_path("any")
    _require_allowed(api.get(f"{path}/actions"), {"POST"})
    _require_allowed(api.put(path, {}), {"GET"})
    _require_allowed(api.delete(api.store.path), {"GET"})


@Case
def wrong_query(api: Api) -> None:
    """A query or an id that is malformed or unknown is 400."""
    _require_malformed_query(api, api.store.path)


@for_collections
def wrong_entity_path(api: Api) -> None:
    """An entity, a method or a query that the collection does not have is refused."""
    collection, path = str(api.store.collection), api.entity_path(api.new_id())
    whole = api.known.entity
    for answer in (
        api.get(path),
        api.patch(path, api.known.part or whole),
        api.put(path, whole),
        api.delete(path),
    ):
        answer.problem(404, "stream-not-found", instance=path)
    _require_allowed(api.delete(collection), {"GET", "POST"})
    _require_malformed_query(api, collection)


def _some_action(api: Api) -> dict[str, Any]:
    """Return an action whose payload fits, even if a rule refuses it."""
    kinds = list(api.store.payloads)
    if not kinds:
        raise NotAsked(f"{api.store.name} has no action")
    return api.known.opened_by or api.store.some(kinds[0])


def _some_stream(api: Api) -> tuple[str, int]:
    """Return the id and the version of a stream; version 0 if no action opens one."""
    opening = [api.known.opened_by] if api.known.opened_by else []
    return api.new_stream(opening), len(opening)


def _require_allowed(answer: Answer, allowed: set[str]) -> None:
    answer.problem(405, "method-not-allowed")
    told = {method.strip() for method in answer.headers.get("allow", "").split(",")}
    answer.require("the header allow", allowed, told)


def _require_malformed_query(api: Api, path: str) -> None:
    for query in ({"limit": "0"}, {"limit": "ten"}, {"cursor": "x"}, {"expand": "all"}):
        api.get(path, query=query).problem(400, "malformed-request")
    api.get(f"{path}/a:b").problem(400, "malformed-request")


def _require_place(answer: Answer, place: str, *, index: int | None = None) -> None:
    problem = answer.problem(422, "invalid-payload")
    told = [error["loc"] for error in problem["errors"] if error.get("index") == index]
    if not any(f"{one}/".startswith(f"{place}/") for one in told):
        raise answer.failure(f"errors to tell {place or 'the body'}")
