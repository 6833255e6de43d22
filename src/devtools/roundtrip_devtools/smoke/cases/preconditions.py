"""Versions as ETags."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.orders import ORDER, order_path, quantity_changed, stream_path

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api


def if_match(api: Api) -> None:
    """A write for another version than there is changes nothing and learns the version."""
    order = api.new_order()
    old, path = {"If-Match": '"1"'}, order_path(order)
    api.dispatch(order, quantity_changed(3), headers=old).expect(HTTPStatus.OK, etag='"2"')
    for answer in (
        api.dispatch(order, quantity_changed(4), headers=old),
        api.patch(path, {"customer": "Grace"}, headers=old),
        api.put(path, ORDER, headers=old),
        api.delete(path, headers=old),
    ):
        problem = answer.problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch")
        versions = {name: problem.get(name) for name in ("expectedVersion", "currentVersion")}
        answer.require("the versions", {"expectedVersion": 1, "currentVersion": 2}, versions)
    nothing = {"If-None-Match": "*"}
    taken = api.post("/sales-orders", {**ORDER, "id": order}, headers=nothing)
    taken.problem(HTTPStatus.PRECONDITION_FAILED, "version-mismatch")
    taken.require("the events", 2, len(api.events(order)))


def if_none_match(api: Api) -> None:
    """A read of what its reader has already is answered 304, without a body."""
    order = api.new_order()
    for path in (order_path(order), stream_path(order)):
        same = api.get(path, headers={"If-None-Match": '"1"'})
        same.expect(HTTPStatus.NOT_MODIFIED, etag='"1"')
        same.require("the body", b"", same.body)
        other = api.get(path, headers={"If-None-Match": '"7"'}).expect(HTTPStatus.OK, etag='"1"')
        other.require("the version", 1, other.document["version"])
