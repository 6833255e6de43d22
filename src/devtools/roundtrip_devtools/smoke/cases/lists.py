"""Lists, among whatever else there is."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api

_STREAMS: Final = 3
_PAGE: Final = 2
_ABOUT: Final = ("id", "version", "createdAt", "updatedAt")
# Newest first: only what others make meanwhile can stand before ours.
_MOST_PAGES: Final = 50
# The index follows the table, as a rule within a second:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
_INDEX_ATTEMPTS: Final = 10
_INDEX_PAUSE_S: Final = 1.0


def list_streams(api: Api) -> None:
    """The list of a store pages through its streams, newest first, and forgets what is ended."""
    opening, end = api.known.opening, api.known.ending
    ids = [api.new_stream([opening]) for _ in range(_STREAMS)]
    made = [api.get(api.stream_path(stream)).expect(HTTPStatus.OK).document for stream in ids]
    streams = [{name: stream[name] for name in _ABOUT} for stream in made]
    _require_listed(api, api.store.path, streams)
    if end is None:
        return
    for stream in ids:
        for action in (*end.before, end.action):
            api.dispatch(stream, action).expect(HTTPStatus.OK)
    _require_forgotten(api, api.store.path, ids)


def list_entities(api: Api) -> None:
    """The list of a collection pages through its entities, newest first, without the deleted."""
    fields, path, end = api.known.entity, str(api.store.collection), api.known.ending
    bodies = [{**fields, "id": api.new_id()} for _ in range(_STREAMS)]
    made = [api.post(path, body).expect(HTTPStatus.CREATED).document for body in bodies]
    _require_listed(api, path, made)
    ids = [entity["id"] for entity in made]
    for entity in ids:
        for action in end.before if end else []:
            api.dispatch(entity, action).expect(HTTPStatus.OK)
        api.delete(api.entity_path(entity)).expect(HTTPStatus.NO_CONTENT)
    _require_forgotten(api, path, ids)


def _require_listed(api: Api, path: str, made: list[dict[str, Any]]) -> None:
    made.sort(key=lambda one: (one["createdAt"], one["id"]), reverse=True)
    shown = _shown(api, path, [one["id"] for one in made])
    first = api.get(path, query={"limit": "1"}).expect(HTTPStatus.OK)
    first.require("what was made, as listed", made, shown)


def _require_forgotten(api: Api, path: str, ids: list[str]) -> None:
    newest = api.get(path, query={"limit": "100"}).expect(HTTPStatus.OK)
    left = [item["id"] for item in newest.document["items"] if item["id"] in ids]
    newest.require("what it lists and is no more", [], left)


def _shown(api: Api, path: str, ids: list[str]) -> list[dict[str, Any]]:
    """Return these of the listed, in the list's order, as soon as all are listed."""
    found: list[dict[str, Any]] = []
    for attempt in range(_INDEX_ATTEMPTS):
        if attempt:
            time.sleep(_INDEX_PAUSE_S)
        found = []
        for page in _pages(api, path):
            found += [item for item in page.document["items"] if item["id"] in ids]
            if len(found) >= len(ids):
                return found
    return found


def _pages(api: Api, path: str) -> Iterator[Answer]:
    query = {"limit": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        page = api.get(path, query=query).expect(HTTPStatus.OK)
        if len(page.document["items"]) > _PAGE:
            raise page.failure(f"at most {_PAGE} items")
        yield page
        if page.document["next"] is None:
            return
        query["cursor"] = page.document["next"]
