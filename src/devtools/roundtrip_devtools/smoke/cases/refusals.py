"""Requests that cannot be served, each refused by name, with nothing written."""

from __future__ import annotations

import json
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from roundtrip_devtools.smoke.known import NotAsked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api

_BODY_LIMIT_BYTES: Final = 1024 * 1024
# A model may take what its schema does not say, as by a validator that converts it.
_MISFITS: Final = 8
_NOT_JSON: Final = {
    "nothing": "",
    "cut off": '{"type":%s',
    "a comma too much": '{"type":%s,}',
    "two documents": '{"type":%s} {}',
    "a name twice": '{"type":"a/b","type":%s}',
    "no number": '{"type":%s,"payload":NaN}',
    "an infinite number": '{"type":%s,"payload":Infinity}',
    "half a character": '{"type":%s,"payload":"\\ud800"}',
}


def unknown_path(api: Api) -> None:
    """What is not there is 404, and says what: the path, or the store."""
    _require_not_found(api, "/no-such-path", "route-not-found")
    _require_not_found(api, "/stores/noSuchStore", "unknown-store")


def malformed_body(api: Api) -> None:
    """A body that is no strict JSON is 400: cut off, a name twice, NaN, half a character."""
    stream, version = _some_stream(api)
    kind = _some_action(api)["type"]
    for what, text in _NOT_JSON.items():
        body = text.replace("%s", json.dumps(kind)).encode()
        answer = api.dispatch(stream, body=body) if body else api.dispatch(stream)
        if answer.slug not in {"not-json", "malformed-request"}:
            raise answer.failure(f"{what} to be refused as no JSON")
        answer.problem(HTTPStatus.BAD_REQUEST, answer.slug)
    form = api.dispatch(stream, {**_some_action(api), "version": 1})
    form.problem(HTTPStatus.BAD_REQUEST, "malformed-request")
    api.require_events(stream, version)


def unknown_action(api: Api) -> None:
    """An action type that the store does not know is 422, and nothing of its array is applied."""
    stream, version = _some_stream(api)
    unknown = {"type": "smoke/unheardOf"}
    answer = api.dispatch(stream, [_some_action(api), unknown])
    problem = answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-action-type")
    answer.require("the positions", [1], [error["index"] for error in problem["errors"]])
    api.require_events(stream, version)


def invalid_payload(api: Api) -> None:
    """A payload that does not fit its schema is 422 and says where."""
    first, answer = _some_action(api), None
    for action, place in islice(api.store.misfits(), _MISFITS):
        stream, version = _some_stream(api)
        answer = api.dispatch(stream, [first, action])
        if answer.slug == "invalid-payload":
            _require_place(answer, f"/payload{place}", index=1)
            api.require_events(stream, version)
            return
    if answer is None:
        raise NotAsked(f"whatever is sent fits the payloads of {api.store.name}")
    answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-payload")


def too_large(api: Api) -> None:
    """A body over 1 MiB is 413."""
    stream = api.new_id()
    body = json.dumps(_some_action(api)).encode()
    answer = api.dispatch(stream, body=body + b" " * (_BODY_LIMIT_BYTES + 1 - len(body)))
    problem = answer.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large")
    answer.require("limitBytes", _BODY_LIMIT_BYTES, problem["limitBytes"])
    api.require_events(stream, 0)


def wrong_media_type(api: Api) -> None:
    """A body that says it is no JSON is 415."""
    stream = api.new_id()
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = api.dispatch(stream, _some_action(api), headers={"Content-Type": media_type})
        answer.problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type")
    api.require_events(stream, 0)


def wrong_path(api: Api) -> None:
    """A stream that is not there is 404."""
    path = api.stream_path(api.new_id())
    _require_not_found(api, path, "stream-not-found")
    _require_not_found(api, f"{path}/events", "stream-not-found")


def wrong_method(api: Api) -> None:
    """A method that a path does not have is 405 and says which it has."""
    path = api.stream_path("any")
    _require_allowed(api.get(f"{path}/actions"), {"POST"})
    _require_allowed(api.put(path, {}), {"GET"})
    _require_allowed(api.delete(api.store.path), {"GET"})


def wrong_query(api: Api) -> None:
    """A query or an id that does not fit is 400, whether of another form or unknown."""
    _require_malformed_query(api, api.store.path)


def wrong_entity(api: Api) -> None:
    """A body that no entity can be made of is 422 and says where."""
    created = api.store.payloads[f"{api.store.crud}created"]
    answer = None
    for fields, place in islice(api.store.samples.misfits(created), _MISFITS):
        if isinstance(fields, dict):
            entity = api.new_id()
            answer = api.post(str(api.store.collection), {**fields, "id": entity})
            if answer.slug == "invalid-payload":
                _require_place(answer, place)
                api.require_events(entity, 0)
                return
    if answer is None:
        raise NotAsked("an entity can be made of any object")
    answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-payload")


def wrong_entity_path(api: Api) -> None:
    """What the collection does not have is refused: an entity, a method, a query."""
    collection, path = str(api.store.collection), api.entity_path(api.new_id())
    _require_not_found(api, path, "stream-not-found")
    whole = api.known.entity
    part = api.known.part or whole
    for answer in (api.patch(path, part), api.put(path, whole), api.delete(path)):
        answer.problem(HTTPStatus.NOT_FOUND, "stream-not-found")
    _require_allowed(api.delete(collection), {"GET", "POST"})
    _require_malformed_query(api, collection)


def _some_action(api: Api) -> dict[str, Any]:
    """Return an action whose payload fits, whatever rules say to it."""
    kinds = list(api.store.payloads)
    if not kinds:
        raise NotAsked(f"{api.store.name} has no action")
    return api.known.opened_by or api.store.some(kinds[0])


def _some_stream(api: Api) -> tuple[str, int]:
    """Return a stream and its version: none where nothing opens one."""
    opening = [api.known.opened_by] if api.known.opened_by else []
    return api.new_stream(opening), len(opening)


def _require_not_found(api: Api, path: str, slug: str) -> None:
    answer = api.get(path)
    problem = answer.problem(HTTPStatus.NOT_FOUND, slug)
    answer.require("instance", path, problem["instance"])


def _require_allowed(answer: Answer, allowed: Iterable[str]) -> None:
    answer.problem(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed")
    told = {method.strip() for method in answer.headers.get("allow", "").split(",")}
    answer.require("the header allow", allowed, told)


def _require_malformed_query(api: Api, path: str) -> None:
    for query in ({"limit": "0"}, {"limit": "ten"}, {"cursor": "x"}, {"expand": "all"}):
        api.get(path, query=query).problem(HTTPStatus.BAD_REQUEST, "malformed-request")
    api.get(f"{path}/a:b").problem(HTTPStatus.BAD_REQUEST, "malformed-request")


def _require_place(answer: Answer, place: str, *, index: int | None = None) -> None:
    problem = answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-payload")
    told = [error["loc"] for error in problem["errors"] if error.get("index") == index]
    if not any(f"{one}/".startswith(f"{place}/") for one in told):
        raise answer.failure(f"errors to tell {place or 'the body'}")
