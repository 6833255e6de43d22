"""The past of an order."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from roundtrip_devtools.smoke.orders import (
    CREATED,
    line_added,
    order_path,
    quantity_changed,
    stream_path,
)

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api

_PAGE = 2


def time_travel(api: Api) -> None:
    """Every version can be read as it was; one that is not yet is 404."""
    order = api.new_order()
    api.dispatch(order, quantity_changed(5)).expect(HTTPStatus.OK)
    answers = [
        api.get(stream_path(order)),
        api.dispatch(order, line_added("cup")),
        api.patch(order_path(order), {"customer": "Grace"}),
    ]
    now = api.get(stream_path(order)).expect(HTTPStatus.OK, etag='"4"')
    states = {
        2: answers[0].expect(HTTPStatus.OK, etag='"2"').document["state"],
        3: answers[1].expect(HTTPStatus.OK, etag='"3"').document["state"],
        4: now.document["state"],
    }
    for version, state in states.items():
        then = api.get(stream_path(order), query={"version": str(version)})
        then.expect(HTTPStatus.OK, etag=f'"{version}"')
        then.require("the version", version, then.document["version"])
        then.require("the state", state, then.document["state"])
    future = api.get(stream_path(order), query={"version": "5"})
    problem = future.problem(HTTPStatus.NOT_FOUND, "version-not-found")
    future.require("currentVersion", 4, problem["currentVersion"])


def event_pages(api: Api) -> None:
    """The history is read in pages that join without a gap, each event whole."""
    order = api.new_id()
    skus = ["a", "b", "c", "d"]
    made = api.dispatch(order, [CREATED, *map(line_added, skus)]).expect(HTTPStatus.CREATED)
    first = api.get(f"{stream_path(order)}/events", query={"limit": str(_PAGE)})
    first.expect(HTTPStatus.OK)
    first.require("next", _PAGE, first.document["next"])
    first.require("the length of a page", _PAGE, len(first.document["events"]))

    events = api.events(order, limit=_PAGE)
    times = {event.pop("recordedAt") for event in events}
    first.require("the moments of one request", 1, len(times))
    actors = {event.pop("actor", None) for event in events}
    first.require("the writers of one request", 1, len(actors))
    expected = [CREATED, *map(line_added, skus)]
    made.require(
        "the events",
        [{**action, "version": version} for version, action in enumerate(expected, 1)],
        events,
    )
