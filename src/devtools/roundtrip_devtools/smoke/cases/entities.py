"""The CRUD face: entities made, read, changed and deleted."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from roundtrip_devtools.smoke.known import NotAsked

if TYPE_CHECKING:
    from collections.abc import Callable

    from roundtrip_devtools.smoke.answer import Answer
    from roundtrip_devtools.smoke.api import Api


def create(api: Api) -> None:
    """An entity is made under its client's id, answered whole, and read back the same."""
    fields = api.known.entity
    entity = api.new_id()
    made = api.post(str(api.store.collection), {**fields, "id": entity})
    made.expect(HTTPStatus.CREATED, etag='"1"', location=api.entity_path(entity))
    state = api.state_of(api.known.whole[:1])
    made.expect_document({**state, "id": entity, "version": 1})
    read = api.get(api.entity_path(entity)).expect(HTTPStatus.OK, etag='"1"')
    read.require("the body", made.document, read.document)
    logged = [(event["type"], event["payload"]) for event in api.events(entity)]
    made.require("the history", [(f"{api.store.crud}created", fields)], logged)


def create_without_id(api: Api) -> None:
    """An entity without an id gets one, and on a retry with its key the same one."""
    key = str(uuid.uuid4())
    made = api.post_without_id(key)
    entity = made.expect(HTTPStatus.CREATED, etag='"1"').document["id"]
    made.expect(HTTPStatus.CREATED, location=api.entity_path(entity))
    again = api.post_without_id(key)
    again.expect(HTTPStatus.CREATED, idempotent_replayed="true")
    again.require("the body", made.document, again.document)


def read_as_a_stream(api: Api) -> None:
    """The CRUD face and the store show one and the same."""
    _ = api.known.entity
    entity = api.new_stream(api.known.whole[:1])
    shown = api.get(api.entity_path(entity)).expect(HTTPStatus.OK).document
    stream = api.get(api.stream_path(entity)).expect(HTTPStatus.OK, etag='"1"')
    about = {name: shown.pop(name) for name in ("id", "version", "createdAt", "updatedAt")}
    # Whatever a state calls so, an entity does not show.
    state = {name: one for name, one in stream.document["state"].items() if name not in about}
    whole = {**stream.document, "state": state}
    stream.require("the body", {"store": api.store.name, **about, "state": shown}, whole)


def put_patch_delete(api: Api) -> None:
    """Changes are answered and logged as actions; what is deleted is gone, its history is not."""
    known, crud = api.known, api.store.crud
    fields, last, end = known.entity, known.whole[-1]["payload"], known.end
    if known.part is None:
        raise NotAsked("no part of an entity was found that can be changed")
    logged: list[Any] = [(f"{crud}created", fields), (f"{crud}updated", known.part)]
    actions: list[Any] = [
        known.whole[0],
        {"type": f"{crud}updated", "payload": known.part},
        {"type": f"{crud}updated", "payload": last},
    ]
    entity = api.new_stream(actions[:1])
    path = api.entity_path(entity)
    patched = api.patch(path, known.part).expect(HTTPStatus.OK, etag='"2"')
    patched.expect_document({**api.state_of(actions[:2]), "id": entity, "version": 2})
    if known.replaceable:
        put = api.put(path, last).expect(HTTPStatus.OK, etag='"3"')
        put.expect_document({**api.state_of(actions), "id": entity, "version": 3})
        logged.append((f"{crud}updated", last))
    for action in end.before:
        api.dispatch(entity, action).expect(HTTPStatus.OK)
        logged.append((action["type"], action.get("payload")))

    version = len(logged) + 1
    deleted = api.delete(path).expect(HTTPStatus.NO_CONTENT, etag=f'"{version}"')
    deleted.require("the body", b"", deleted.body)
    for answer in (
        api.get(path),
        api.patch(path, known.part),
        api.put(path, fields),
        api.delete(path),
        api.get(api.stream_path(entity)),
        api.dispatch(entity, actions[1]),
        api.post(str(api.store.collection), {**fields, "id": entity}),
    ):
        problem = answer.problem(HTTPStatus.GONE, "deleted")
        answer.require("currentVersion", version, problem["currentVersion"])
    events = [(event["type"], event.get("payload")) for event in api.events(entity)]
    deleted.require("the history", [*logged, (f"{crud}deleted", None)], events)


def rule_for_entities(api: Api) -> None:
    """A rule refuses to make, change or delete an entity with its code; nothing is written."""
    known, crud = api.known, api.store.crud
    asked = 0
    sends: dict[str, tuple[Any, Callable[[str], Answer]]] = {
        "created": (
            known.entity,
            lambda one: api.post(str(api.store.collection), {**known.entity, "id": one}),
        ),
        "updated": (known.part, lambda one: api.patch(api.entity_path(one), known.part)),
        "deleted": (None, lambda one: api.delete(api.entity_path(one))),
    }
    for verb, (payload, send) in sends.items():
        refusal = known.refusal_of(f"{crud}{verb}", payload)
        if refusal is None or (verb == "updated" and payload is None):
            continue
        entity, version = api.new_stream(refusal.after), len(refusal.after)
        send(entity).rejection(refusal.code, version)
        api.require_events(entity, version)
        asked += 1
    if not asked:
        raise NotAsked("no rule refused to make, change or delete an entity")
