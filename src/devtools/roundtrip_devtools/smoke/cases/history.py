"""The past of a stream."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundtrip_devtools.smoke.api import Api

_PAGE = 2
_CHANGES = 4
_META = {"smoke": "Zoë \N{TEAPOT}"}


def time_travel(api: Api) -> None:
    """Every version can be read as it was; one that is not yet is 404."""
    opening, *changes = api.known.first(2)
    stream = api.new_id()
    path = api.stream_path(stream)
    states = [
        api.dispatch(stream, opening).expect(HTTPStatus.CREATED).document["state"],
        *(
            api.dispatch(stream, change).expect(HTTPStatus.OK).document["state"]
            for change in changes
        ),
    ]
    for version, state in enumerate(states, 1):
        then = api.get(path, query={"version": str(version)})
        then.expect(HTTPStatus.OK, etag=f'"{version}"')
        then.require("the version", version, then.document["version"])
        then.require("the state", state, then.document["state"])
    future = api.get(path, query={"version": str(len(states) + 1)})
    problem = future.problem(HTTPStatus.NOT_FOUND, "version-not-found")
    future.require("currentVersion", len(states), problem["currentVersion"])


def event_pages(api: Api) -> None:
    """The history is read in pages that join without a gap, each event whole."""
    actions = api.known.first(max(_PAGE, min(_CHANGES, len(api.known.changed_by))))
    actions[0] = {**actions[0], "meta": _META}
    stream = api.new_id()
    made = api.dispatch(stream, actions).expect(HTTPStatus.CREATED)
    first = api.get(f"{api.stream_path(stream)}/events", query={"limit": str(_PAGE)})
    first.expect(HTTPStatus.OK)
    first.require("next", _PAGE, first.document["next"])
    first.require("the length of a page", _PAGE, len(first.document["events"]))

    events = api.events(stream, limit=_PAGE)
    times = {event.pop("recordedAt") for event in events}
    first.require("the moments of one request", 1, len(times))
    actors = {event.pop("actor", None) for event in events}
    first.require("the writers of one request", 1, len(actors))
    expected = [{**action, "version": version} for version, action in enumerate(actions, 1)]
    made.require("the events", expected, events)
