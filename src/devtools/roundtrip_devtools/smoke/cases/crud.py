"""The CRUD face: an order made, read, changed and deleted."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.orders import ORDER, STATE, line_added, order_path, stream_path

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api


def create(api: Api) -> None:
    """An order is made under its client's id, answered whole, and read back the same."""
    order = api.new_id()
    made = api.post("/sales-orders", {**ORDER, "id": order})
    made.expect(HTTPStatus.CREATED, etag='"1"', location=order_path(order))
    made.expect_document({"id": order, **STATE, "version": 1})
    read = api.get(order_path(order)).expect(HTTPStatus.OK, etag='"1"')
    read.require("the body", made.document, read.document)


def create_without_id(api: Api) -> None:
    """An order without an id gets one, and on a retry with its key the same one."""
    key = str(uuid.uuid4())
    made = api.post_without_id(key)
    order = made.expect(HTTPStatus.CREATED, etag='"1"').document["id"]
    made.expect(HTTPStatus.CREATED, location=order_path(order))
    again = api.post_without_id(key)
    again.expect(HTTPStatus.CREATED, idempotent_replayed="true")
    again.require("the body", made.document, again.document)


def read_as_a_stream(api: Api) -> None:
    """The CRUD face and the store show one order."""
    order = api.new_order()
    shown = api.get(order_path(order)).expect(HTTPStatus.OK).document
    stream = api.get(stream_path(order)).expect(HTTPStatus.OK, etag='"1"')
    stream.expect_document({"store": "salesOrders", "id": order, "version": 1, "state": STATE})
    times = {name: shown[name] for name in ("createdAt", "updatedAt")}
    stream.require("its times", times, {name: stream.document[name] for name in times})


def put_patch_delete(api: Api) -> None:
    """Changes are answered and logged as actions; what is deleted is gone, its history is not."""
    order = api.new_order()
    path = order_path(order)
    patched = api.patch(path, {"customer": "Grace"}).expect(HTTPStatus.OK, etag='"2"')
    patched.expect_document({"id": order, **STATE, "customer": "Grace", "version": 2})
    put = api.put(path, {"customer": "Ada", "currency": "USD"}).expect(HTTPStatus.OK, etag='"3"')
    replaced = {"customer": "Ada", "currency": "USD", "lines": []}
    put.expect_document({"id": order, "status": "draft", **replaced, "totalCents": 0, "version": 3})

    deleted = api.delete(path).expect(HTTPStatus.NO_CONTENT, etag='"4"')
    deleted.require("the body", b"", deleted.body)
    for answer in (
        api.get(path),
        api.patch(path, {"customer": "Ada"}),
        api.put(path, ORDER),
        api.delete(path),
        api.get(stream_path(order)),
        api.dispatch(order, line_added("cup")),
        api.post("/sales-orders", {**ORDER, "id": order}),
    ):
        answer.require(
            "currentVersion", 4, answer.problem(HTTPStatus.GONE, "deleted")["currentVersion"]
        )

    deleted.require(
        "the history",
        [
            ("salesOrders/created", ORDER),
            ("salesOrders/updated", {"customer": "Grace"}),
            ("salesOrders/updated", replaced),
            ("salesOrders/deleted", None),
        ],
        [(event["type"], event.get("payload")) for event in api.events(order)],
    )
