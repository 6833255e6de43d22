"""Requests that come again."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api


def retry_with_a_key(api: Api) -> None:
    """A repetition with its Idempotency-Key is answered again and applied no second time."""
    actions = api.known.first(1)
    stream = api.new_id()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.dispatch(stream, actions, headers=key)
    first.expect(HTTPStatus.CREATED, idempotent_replayed=None)
    again = api.dispatch(stream, actions, headers=key)
    again.expect(
        HTTPStatus.CREATED,
        idempotent_replayed="true",
        location=first.headers.get("location"),
        etag='"2"',
    )
    again.require("the body", first.document, again.document)
    api.require_events(stream, 2)


def retry_after_other_writes(api: Api) -> None:
    """A repetition tells its first outcome, and the state that there is now."""
    opening, change, another = api.known.first(2)
    stream = api.new_stream([opening])
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.dispatch(stream, change, headers=key).expect(HTTPStatus.OK)
    other = api.dispatch(stream, another).expect(HTTPStatus.OK)
    again = api.dispatch(stream, change, headers=key)
    again.expect(HTTPStatus.OK, idempotent_replayed="true", etag='"3"')
    again.require("the outcomes", first.document["outcomes"], again.document["outcomes"])
    again.require("the state", other.document["state"], again.document["state"])
    api.require_events(stream, 3)


def another_body_under_a_key(api: Api) -> None:
    """A key belongs to one body."""
    opening, change, another = api.known.first(2)
    stream = api.new_stream([opening])
    key = {"Idempotency-Key": str(uuid.uuid4())}
    api.dispatch(stream, change, headers=key).expect(HTTPStatus.OK)
    # An array of one is another body, too, where every change is the same.
    for body in ([another], [change, another]):
        answer = api.dispatch(stream, body, headers=key)
        answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "key-reused")
    api.require_events(stream, 2)
