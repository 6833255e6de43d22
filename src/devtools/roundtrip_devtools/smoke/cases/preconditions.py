"""Versions as ETags."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api

_OLD = {"If-Match": '"1"'}


def if_match(api: Api) -> None:
    """A write for another version than there is changes nothing and learns the version."""
    opening, change, another = api.known.first(2)
    stream = api.new_stream([opening])
    api.dispatch(stream, change, headers=_OLD).expect(HTTPStatus.OK, etag='"2"')
    _require_mismatches([api.dispatch(stream, another, headers=_OLD)])
    taken = api.dispatch(stream, another, headers={"If-None-Match": "*"})
    taken.problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch")
    api.require_events(stream, 2)
    api.dispatch(stream, another, headers={"If-Match": '"2"'}).expect(HTTPStatus.OK, etag='"3"')


def if_match_for_entities(api: Api) -> None:
    """Of the CRUD face, too, no write is applied to another version than it is for."""
    fields = api.known.entity
    stream = api.new_stream(api.known.whole[:1])
    part, path = api.known.part or fields, api.entity_path(stream)
    if api.known.part:
        api.patch(path, part, headers=_OLD).expect(HTTPStatus.OK, etag='"2"')
    else:
        change = api.known.first(1)[1]
        api.dispatch(stream, change, headers=_OLD).expect(HTTPStatus.OK, etag='"2"')
    _require_mismatches(
        [
            api.patch(path, part, headers=_OLD),
            api.put(path, fields, headers=_OLD),
            api.delete(path, headers=_OLD),
        ]
    )
    body = {**fields, "id": stream}
    taken = api.post(str(api.store.collection), body, headers={"If-None-Match": "*"})
    taken.problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch")
    api.require_events(stream, 2)


def if_none_match(api: Api) -> None:
    """A read of what its reader has already is answered 304, without a body."""
    stream = api.new_stream([api.known.opening])
    _require_conditional_read(api, api.stream_path(stream))


def if_none_match_for_entities(api: Api) -> None:
    """An entity that its reader has already is not sent again."""
    _ = api.known.entity
    _require_conditional_read(api, api.entity_path(api.new_stream(api.known.whole[:1])))


def _require_mismatches(answers: Iterable[Answer]) -> None:
    for answer in answers:
        problem = answer.problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch")
        versions = {name: problem.get(name) for name in ("expectedVersion", "currentVersion")}
        answer.require("the versions", {"expectedVersion": 1, "currentVersion": 2}, versions)


def _require_conditional_read(api: Api, path: str) -> None:
    same = api.get(path, headers={"If-None-Match": '"1"'})
    same.expect(HTTPStatus.NOT_MODIFIED, etag='"1"')
    same.require("the body", b"", same.body)
    other = api.get(path, headers={"If-None-Match": '"7"'}).expect(HTTPStatus.OK, etag='"1"')
    other.require("the version", 1, other.document["version"])
