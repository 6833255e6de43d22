"""Requests that come again."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.orders import CREATED, line_added, quantity_changed

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api


def retry_with_a_key(api: Api) -> None:
    """A repetition with its Idempotency-Key is answered again and applied no second time."""
    order = api.new_id()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    actions = [CREATED, line_added("tea"), line_added("cup")]
    first = api.dispatch(order, actions, headers=key)
    first.expect(HTTPStatus.CREATED, idempotent_replayed=None)
    again = api.dispatch(order, actions, headers=key)
    again.expect(
        HTTPStatus.CREATED,
        idempotent_replayed="true",
        location=first.headers.get("location"),
        etag='"2"',
    )
    again.require("the body", first.document, again.document)
    again.require("the events", 2, len(api.events(order)))


def retry_after_other_writes(api: Api) -> None:
    """A repetition tells its first outcome, and the state that there is now."""
    order = api.new_order()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.dispatch(order, quantity_changed(3), headers=key).expect(HTTPStatus.OK)
    other = api.dispatch(order, quantity_changed(4)).expect(HTTPStatus.OK)
    again = api.dispatch(order, quantity_changed(3), headers=key)
    again.expect(HTTPStatus.OK, idempotent_replayed="true", etag='"3"')
    again.require("the outcomes", first.document["outcomes"], again.document["outcomes"])
    again.require("the state", other.document["state"], again.document["state"])


def another_body_under_a_key(api: Api) -> None:
    """A key belongs to one body."""
    order = api.new_order()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    api.dispatch(order, quantity_changed(3), headers=key).expect(HTTPStatus.OK)
    answer = api.dispatch(order, quantity_changed(4), headers=key)
    answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "key-reused")
    answer.require("the events", 2, len(api.events(order)))
