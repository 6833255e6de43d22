"""Actions, one or many, as a Redux client dispatches them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.orders import (
    CONFIRMED,
    CREATED,
    STATE,
    line_added,
    order_path,
    quantity_changed,
    stream_path,
)

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api

_CUP = {"sku": "cup", "quantity": 1, "unitPriceCents": 100, "totalCents": 100}


def dispatch(api: Api) -> None:
    """The answer to an action is the state that it made."""
    order = api.new_id()
    first = api.dispatch(order, CREATED)
    first.expect(HTTPStatus.CREATED, etag='"1"', location=stream_path(order))
    outcome = {"status": "applied", "version": 1}
    answer = {"store": "salesOrders", "id": order, "version": 1, "state": STATE}
    first.require("the body", {**answer, "outcomes": [outcome]}, first.document)

    later = api.dispatch(order, quantity_changed(3))
    later.expect(HTTPStatus.OK, etag='"2"', location=None)
    line = {**STATE["lines"][0], "quantity": 3, "totalCents": 1350}
    later.require(
        "the body",
        {
            **answer,
            "version": 2,
            "state": {**STATE, "lines": [line], "totalCents": 1350},
            "outcomes": [{"status": "applied", "version": 2}],
        },
        later.document,
    )
    read = api.get(stream_path(order)).expect(HTTPStatus.OK, etag='"2"')
    read.require("the state", later.document["state"], read.document["state"])


def dispatch_many(api: Api) -> None:
    """Of an array what a rule refuses is skipped and reported; the rest is applied, in order."""
    order = api.new_id()
    answer = api.dispatch(order, [CREATED, line_added("tea"), line_added("cup")])
    answer.expect(HTTPStatus.CREATED, etag='"2"')
    document = answer.document
    first, refused, last = document["outcomes"]
    answer.require("the first outcome", {"status": "applied", "version": 1}, first)
    answer.require("the last outcome", {"status": "applied", "version": 2}, last)
    answer.require("the second outcome", "rejected", refused["status"])
    answer.require("its code", "line-exists", refused["problem"]["code"])
    answer.require("its type", "/problems/rejected", refused["problem"]["type"])
    answer.require("the lines", [*STATE["lines"], _CUP], document["state"]["lines"])
    types = [event["type"] for event in api.events(order)]
    answer.require("the history", ["salesOrders/created", "salesOrders/lineAdded"], types)


def dispatch_all_or_none(api: Api) -> None:
    """Of an atomic array one rejection rejects all; without one all are applied."""
    order = api.new_order()
    atomic = {"query": {"atomic": "true"}}
    refused = api.dispatch(order, [line_added("cup"), line_added("tea")], **atomic)
    problem = refused.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "rejected")
    statuses = [outcome["status"] for outcome in problem["outcomes"]]
    refused.require("the outcomes", ["notApplied", "rejected"], statuses)
    refused.require("the events", 1, len(api.events(order)))

    applied = api.dispatch(order, [line_added("cup"), line_added("pot")], **atomic)
    applied.expect(HTTPStatus.OK, etag='"3"')
    skus = [line["sku"] for line in applied.document["state"]["lines"]]
    applied.require("the lines", ["tea", "cup", "pot"], skus)


def business_rule(api: Api) -> None:
    """A rule refuses an action with its code, over both faces, and nothing is written."""
    order = api.new_order()
    api.dispatch(order, CONFIRMED).expect(HTTPStatus.OK)
    for answer, code in (
        (api.dispatch(order, line_added("cup")), "not-a-draft"),
        (api.patch(order_path(order), {"customer": "Grace"}), "not-a-draft"),
        (api.delete(order_path(order)), "order-confirmed"),
    ):
        problem = answer.problem(HTTPStatus.UNPROCESSABLE_ENTITY, "rejected")
        facts = {name: problem.get(name) for name in ("code", "currentVersion", "retryable")}
        answer.require("it", {"code": code, "currentVersion": 2, "retryable": False}, facts)
        answer.require("the events", 2, len(api.events(order)))
