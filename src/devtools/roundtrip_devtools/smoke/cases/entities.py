"""The CRUD face of a store, and lists."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, Final

from roundtrip.redux.merge import REPLACED
from roundtrip_devtools.smoke.case import Case, for_collections
from roundtrip_devtools.smoke.cases.streams import (
    FOR_A_NEW_STREAM,
    FOR_VERSION_1,
    MISMATCH,
    require_conditional_read,
    require_rejected,
)
from roundtrip_devtools.smoke.client import CaseFailed
from roundtrip_devtools.smoke.contract import NotAsked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip_devtools.smoke.api import Api
    from roundtrip_devtools.smoke.client import Answer

_STREAMS: Final = 3
_PAGE: Final = 2
_ABOUT: Final = ("id", "version", "createdAt", "updatedAt")
# Newest first: only what others make in the meantime can come before our streams.
_MOST_PAGES: Final = 50
# The index follows the table, usually within a second:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
_INDEX_ATTEMPTS: Final = 10
_INDEX_PAUSE_S: Final = 1.0


@for_collections
def create(api: Api) -> None:
    """An entity gets the id of its client, is answered as a whole, and is read back unchanged."""
    fields, entity = api.known.entity, api.new_id()
    path = api.entity_path(entity)
    made = api.create(fields, entity).expect(201, 1, location=path)
    made.expect_document({**api.state_of(api.known.whole[:1]), "id": entity, "version": 1})
    read = api.get(path).expect(200, 1)
    read.require("the body", made.document, read.document)
    logged = [(event["type"], event["payload"]) for event in api.events(entity)]
    made.require("the history", [(f"{api.store.crud}created", fields)], logged)


@for_collections
def create_without_id(api: Api) -> None:
    """An entity without an id gets one, and a retry with the same key gets the same one."""
    key = str(uuid.uuid4())
    made = api.create_without_id(key).expect(201, 1)
    made.expect(201, location=api.entity_path(made.document["id"]))
    again = api.create_without_id(key).expect(201, idempotent_replayed="true")
    again.require("the body", made.document, again.document)


@for_collections
def read_as_a_stream(api: Api) -> None:
    """The CRUD face and the store show the same state."""
    _ = api.known.entity
    entity = api.new_stream(api.known.whole[:1])
    shown = api.get(api.entity_path(entity)).expect(200).document
    stream = api.get(api.stream_path(entity)).expect(200, 1)
    about = {name: shown.pop(name) for name in _ABOUT}
    whole = stream.document
    # An entity does not show fields of these names that the state has.
    whole["state"] = {name: one for name, one in whole["state"].items() if name not in about}
    stream.require("the body", {"store": api.store.name, **about, "state": shown}, whole)


@for_collections
def put_patch_delete(api: Api) -> None:
    """Changes are answered, and logged as actions; a deleted entity keeps only its history."""
    known, crud = api.known, api.store.crud
    fields, last, end = known.entity, known.whole[-1]["payload"], known.end
    if known.part is None:
        raise NotAsked("no part of an entity was found that can be changed")
    actions: list[Any] = [known.whole[0], {"type": f"{crud}updated", "payload": known.part}]
    entity = api.new_stream(actions[:1])
    path = api.entity_path(entity)
    patched = api.patch(path, known.part).expect(200, 2)
    patched.expect_document({**api.state_of(actions), "id": entity, "version": 2})
    if known.replaceable:
        actions.append({"type": f"{crud}updated", "payload": last})
        put = api.put(path, last).expect(200, 3)
        put.expect_document({**api.state_of(actions), "id": entity, "version": 3})
    for action in end.before:
        api.dispatch(entity, action).expect(200)
    actions += [*end.before, {"type": f"{crud}deleted"}]

    deleted = api.delete(path).expect(204, len(actions))
    deleted.require("the body", b"", deleted.body)
    for answer in (
        api.get(path),
        api.patch(path, known.part),
        api.put(path, fields),
        api.delete(path),
        api.get(api.stream_path(entity)),
        api.dispatch(entity, actions[1]),
        api.create(fields, entity),
    ):
        answer.problem(410, "deleted", currentVersion=len(actions))
    expected = [(one["type"], one.get("payload")) for one in actions]
    events = [(one["type"], _plain(one.get("payload"))) for one in api.events(entity)]
    deleted.require("the history", expected, events)


def _plain(payload: Any) -> Any:
    # In the log of a CRUD slice, the mark tells a PUT from a PATCH.
    return payload[REPLACED] if isinstance(payload, dict) and REPLACED in payload else payload


@for_collections
def rule_for_entities(api: Api) -> None:
    """A rule refuses to create, change or delete an entity with its code; nothing is written."""
    known, tested = api.known, False
    fields, part, path = known.entity, known.part, api.entity_path
    for verb, body, send in (
        ("created", fields, lambda entity: api.create(fields, entity)),
        ("updated", part, lambda entity: api.patch(path(entity), part)),
        ("deleted", None, lambda entity: api.delete(path(entity))),
    ):
        refusal = known.refusal_of(f"{api.store.crud}{verb}", body)
        if refusal and (body or verb == "deleted"):
            entity = api.new_stream(refusal.after)
            require_rejected(api, entity, refusal, send(entity))
            tested = True
    if not tested:
        raise NotAsked("no rule refused to create, change or delete an entity")


@for_collections
def if_match_for_entities(api: Api) -> None:
    """No write of the CRUD face is applied to another version than the requested one."""
    fields = api.known.entity
    stream = api.new_stream(api.known.whole[:1])
    part, path = api.known.part or fields, api.entity_path(stream)
    if api.known.part:
        api.patch(path, part, headers=FOR_VERSION_1).expect(200, 2)
    else:
        api.dispatch(stream, api.known.first(1)[1], headers=FOR_VERSION_1).expect(200, 2)
    for method, *body in (("PATCH", part), ("PUT", fields), ("DELETE",)):
        late = api.send(method, path, *body, headers=FOR_VERSION_1)
        late.problem(412, "version-mismatch", **MISMATCH)
    api.create(fields, stream, headers=FOR_A_NEW_STREAM).problem(412, "version-mismatch")
    api.require_events(stream, 2)


@for_collections
def if_none_match_for_entities(api: Api) -> None:
    """An entity that the reader already has is not sent again."""
    _ = api.known.entity
    require_conditional_read(api, api.entity_path(api.new_stream(api.known.whole[:1])))


@Case
def list_streams(api: Api) -> None:
    """The list of a store pages through its streams, newest first, without the ended ones."""
    opening, end = api.known.opening, api.known.ending
    ids = [api.new_stream([opening]) for _ in range(_STREAMS)]
    made = [api.get(api.stream_path(stream)).expect(200).document for stream in ids]
    streams = [{name: stream[name] for name in _ABOUT} for stream in made]
    _require_listed(api, api.store.path, streams)
    if end is None:
        return
    for stream in ids:
        for action in (*end.before, end.action):
            api.dispatch(stream, action).expect(200)
    _require_not_listed(api, api.store.path, ids)


@for_collections
def list_entities(api: Api) -> None:
    """The list of a collection pages through its entities, newest first, without the deleted."""
    fields, path, end = api.known.entity, str(api.store.collection), api.known.ending
    ids = [api.new_id() for _ in range(_STREAMS)]
    _require_listed(api, path, [api.create(fields, one).expect(201).document for one in ids])
    for entity in ids:
        for action in end.before if end else []:
            api.dispatch(entity, action).expect(200)
        api.delete(api.entity_path(entity)).expect(204)
    _require_not_listed(api, path, ids)


def _require_listed(api: Api, path: str, made: list[dict[str, Any]]) -> None:
    made.sort(key=lambda one: (one["createdAt"], one["id"]), reverse=True)
    ids, shown = {one["id"] for one in made}, list[dict[str, Any]]()
    for attempt in range(_INDEX_ATTEMPTS):
        time.sleep(_INDEX_PAUSE_S if attempt else 0)
        shown = []
        for page in _pages(api, path):
            shown += [item for item in page.document["items"] if item["id"] in ids]
            if len(shown) >= len(ids):
                page.require("the new items of the list", made, shown)
                return
    raise CaseFailed(f"GET {path}: expected the list to show {made!r}; received {shown!r}.")


def _require_not_listed(api: Api, path: str, ids: list[str]) -> None:
    newest = api.get(path, query={"limit": "100"}).expect(200)
    left = [item["id"] for item in newest.document["items"] if item["id"] in ids]
    newest.require("the listed items that no longer exist", [], left)


def _pages(api: Api, path: str) -> Iterator[Answer]:
    query = {"limit": str(_PAGE)}
    for _ in range(_MOST_PAGES):
        page = api.get(path, query=query).expect(200)
        if len(page.document["items"]) > _PAGE:
            raise page.failure(f"at most {_PAGE} items")
        yield page
        if page.document["next"] is None:
            return
        query["cursor"] = page.document["next"]
