"""Requests that cannot be served, each refused by name, with nothing written."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from roundtrip_devtools.smoke.orders import CREATED, ORDER, line_added, order_path, stream_path

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api

_BODY_LIMIT_BYTES: Final = 1024 * 1024
_NOT_JSON: Final = {
    "nothing": b"",
    "cut off": b'{"type":"salesOrders/confirmed"',
    "a comma too much": b'{"type":"salesOrders/confirmed",}',
    "two documents": b'{"type":"salesOrders/confirmed"} {}',
    "a name twice": b'{"type":"salesOrders/cancelled","type":"salesOrders/confirmed"}',
    "no number": b'{"type":"salesOrders/confirmed","payload":NaN}',
    "an infinite number": b'{"type":"salesOrders/confirmed","payload":Infinity}',
    "half a character": b'{"type":"salesOrders/confirmed","payload":"\\ud800"}',
}


def malformed_body(api: Api) -> None:
    """A body that is no strict JSON is 400: cut off, a name twice, NaN, half a character."""
    order = api.new_order()
    for what, body in _NOT_JSON.items():
        answer = api.dispatch(order, body=body) if body else api.dispatch(order)
        slug = answer.document.get("type", "").removeprefix("/problems/")
        if slug not in {"not-json", "malformed-request"}:
            raise answer.failure(f"{what} to be refused as no JSON")
        answer.problem(HTTPStatus.BAD_REQUEST, slug)
    form = api.dispatch(order, {**CREATED, "version": 1})
    form.problem(HTTPStatus.BAD_REQUEST, "malformed-request")
    form.require("the events", 1, len(api.events(order)))


def unknown_action(api: Api) -> None:
    """An action type that the store does not know is 422, and nothing of its array is applied."""
    order = api.new_order()
    answer = api.dispatch(order, [line_added("cup"), {"type": "salesOrders/unheardOf"}])
    problem = answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-action-type")
    answer.require("the positions", [1], [error["index"] for error in problem["errors"]])
    answer.require("the events", 1, len(api.events(order)))


def invalid_payload(api: Api) -> None:
    """A payload that does not fit its model is 422 and says where."""
    order = api.new_id()
    lines = [{"sku": "", "quantity": "2", "unitPriceCents": 1.5}]
    answer = api.post("/sales-orders", {**ORDER, "lines": lines, "id": order})
    problem = answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-payload")
    places = {f"/lines/0/{name}" for name in ("sku", "quantity", "unitPriceCents")}
    answer.require("the places", places, {error["loc"] for error in problem["errors"]})
    api.get(order_path(order)).problem(HTTPStatus.NOT_FOUND, "stream-not-found")


def too_large(api: Api) -> None:
    """A body over 1 MiB is 413."""
    order = api.new_id()
    body = json.dumps(CREATED).encode()
    answer = api.dispatch(order, body=body + b" " * (_BODY_LIMIT_BYTES + 1 - len(body)))
    problem = answer.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large")
    answer.require("limitBytes", _BODY_LIMIT_BYTES, problem["limitBytes"])
    api.get(order_path(order)).problem(HTTPStatus.NOT_FOUND, "stream-not-found")


def wrong_media_type(api: Api) -> None:
    """A body that says it is no JSON is 415."""
    order = api.new_id()
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = api.dispatch(order, CREATED, headers={"Content-Type": media_type})
        answer.problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type")
    api.get(order_path(order)).problem(HTTPStatus.NOT_FOUND, "stream-not-found")


def wrong_path(api: Api) -> None:
    """What is not there is 404, and says what: the path, the store, the order."""
    nobody = api.new_id()
    for path, slug in (
        ("/no-such-path", "route-not-found"),
        ("/stores/noSuchStore", "unknown-store"),
        (order_path(nobody), "stream-not-found"),
        (stream_path(nobody), "stream-not-found"),
        (f"{stream_path(nobody)}/events", "stream-not-found"),
    ):
        answer = api.get(path)
        problem = answer.problem(HTTPStatus.NOT_FOUND, slug)
        answer.require("instance", path, problem["instance"])
    for answer in (
        api.patch(order_path(nobody), {"customer": "Ada"}),
        api.delete(order_path(nobody)),
    ):
        answer.problem(HTTPStatus.NOT_FOUND, "stream-not-found")


def wrong_method(api: Api) -> None:
    """A method that a path does not have is 405 and says which it has."""
    for answer, allowed in (
        (api.delete("/sales-orders"), {"GET", "POST"}),
        (api.get(f"{stream_path('any')}/actions"), {"POST"}),
        (api.put(stream_path("any"), ORDER), {"GET"}),
    ):
        answer.problem(HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed")
        told = {method.strip() for method in answer.headers.get("allow", "").split(",")}
        answer.require("the header allow", allowed, told)


def wrong_query(api: Api) -> None:
    """A query that does not fit is 400, whether of another form or unknown."""
    for query in ({"limit": "0"}, {"limit": "ten"}, {"cursor": "x"}, {"expand": "all"}):
        api.get("/sales-orders", query=query).problem(HTTPStatus.BAD_REQUEST, "malformed-request")
    answer = api.get("/sales-orders/a:b")
    answer.problem(HTTPStatus.BAD_REQUEST, "malformed-request")
