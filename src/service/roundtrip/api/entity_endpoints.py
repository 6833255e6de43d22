"""The CRUD face of a slice that holds entities; every write is an action in the log."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from roundtrip.api import responses
from roundtrip.api.http_errors import MalformedRequest, MethodNotAllowed
from roundtrip.api.named_slices import NamedSlice, named_slice
from roundtrip.api.parameters import stream_id
from roundtrip.api.router import quoted
from roundtrip.api.slice_endpoints import entity_response
from roundtrip.engine.partial import part_with
from roundtrip.errors import EntityNotFound, InvalidAction, NothingApplied
from roundtrip.redux.action import Action
from roundtrip.redux.entity_slice import ABSENT
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from roundtrip.api.request import Request
    from roundtrip.api.responses import Response
    from roundtrip.engine.messages import Dispatched, IdempotencyKey
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Stream

# An arbitrary constant, so that ids derived from a key differ from those of other systems.
_KEYED_IDS: Final = uuid.UUID("0b7d6a55-52a6-4c1c-9f8e-6f3d5b0f3a41")


class _Face(NamedTuple):
    store: Store
    stream: Stream
    slice: NamedSlice
    # What its action types begin with.
    prefix: str


def create(request: Request, store: str, id: str, slice: str) -> Response:  # noqa: A002
    """``POST .../slices/{slice}``: create an entity. Its id is in the body, or new.

    Without an id but with an Idempotency-Key, the id is derived from the key, so that a repeated
    request tells the same one.
    """
    face = _face(request, store, id, slice)
    document = request.json()
    key = request.idempotency_key(document)
    if isinstance(document, dict) and "id" in document:
        entity = _checked_id(document["id"])
    elif key is not None:
        name = f"{face.stream.label}#{slice}#{key.receipt}#{key.fingerprint}"
        entity = str(uuid.uuid5(_KEYED_IDS, name))
    else:
        entity = request.service.engine.effects.new_id()
    dispatched, entity = _dispatched(request, face, "created", entity, document, key)
    response = _entity(request, face, dispatched, entity)
    path = f"/stores/{store}/{id}/slices/{slice}/{quote(entity, safe='')}"
    location = request.reference(path)
    headers = {**response.headers, "Location": location}
    return response._replace(status=201, headers=headers)


def replace(
    request: Request,
    store: str,
    id: str,  # noqa: A002
    slice: str,  # noqa: A002
    entity: str,
) -> Response:
    """``PUT .../slices/{slice}/{entity}``: set every field of an existing entity."""
    return _update(request, _face(request, store, id, slice), "replaced", entity)


def change(
    request: Request,
    store: str,
    id: str,  # noqa: A002
    slice: str,  # noqa: A002
    entity: str,
) -> Response:
    """``PATCH .../slices/{slice}/{entity}``: set some fields of an existing entity."""
    return _update(request, _face(request, store, id, slice), "updated", entity)


def delete(
    request: Request,
    store: str,
    id: str,  # noqa: A002
    slice: str,  # noqa: A002
    entity: str,
) -> Response:
    """``DELETE .../slices/{slice}/{entity}``: remove an entity; its history remains."""
    face = _face(request, store, id, slice)
    key = request.idempotency_key(None)
    dispatched, _ = _dispatched(request, face, "deleted", entity, {}, key)
    return responses.no_content(dispatched)


def _update(request: Request, face: _Face, verb: str, entity: str) -> Response:
    document = request.json()
    if isinstance(document, dict) and document.get("id", entity) != entity:
        expected = f"no id, or {entity!r} as in the path"
        raise MalformedRequest("body.id", expected=expected, received=repr(document["id"]))
    key = request.idempotency_key(document)
    dispatched, entity = _dispatched(request, face, verb, entity, document, key)
    return _entity(request, face, dispatched, entity)


def _face(request: Request, store: str, stream_id: str, name: str) -> _Face:
    root = request.service.store(store)
    request.query()
    found = named_slice(root, name)
    stream = request.stream(root, stream_id)
    if found.crud is None:
        method = request.event["requestContext"]["http"]["method"]
        raise MethodNotAllowed(method, quoted(request.path), ["GET"])
    return _Face(root, stream, found, found.crud)


def _dispatched(  # noqa: PLR0917 - what an action is made of
    request: Request,
    face: _Face,
    verb: str,
    entity: str,
    document: Any,
    key: IdempotencyKey | None,
) -> tuple[Dispatched, str]:
    """Dispatch an action on an entity; return the result, and the id as the model reads it."""
    kind = f"{face.prefix}{verb}"
    payload = {**document, "id": entity} if isinstance(document, dict) else document
    try:
        action = request.service.validator.action(face.store, kind, payload)
    except InvalidAction:
        # The request may have been valid, and applied, before the model changed.
        repeated = request.repeated(face.stream, key, answer="nothing")
        if repeated is None:
            raise
        return repeated, entity
    if isinstance(action, Action):
        entity = action.payload["id"]
    try:
        return request.dispatch(face.stream, [action], key=key, answer="nothing"), entity
    except NothingApplied as refusal:
        if verb == "created" or refusal.first.code != ABSENT:
            raise
        where = f"{face.stream.label}, slice {face.slice.name},"
        raise EntityNotFound(where, entity, version=refusal.version) from refusal


def _entity(request: Request, face: _Face, dispatched: Dispatched, entity: str) -> Response:
    head, snapshot = dispatched.head, dispatched.snapshot
    if snapshot is None:
        head, snapshot = request.service.engine.partial.read(
            face.store, head, part_with(face.slice.key, entity), deadline_s=request.deadline_s
        )
    response = entity_response(head, snapshot, face.slice, entity)
    headers = {**responses.written(dispatched), **response.headers}
    return response._replace(headers=headers, shorter=encode({"id": entity}))


def _checked_id(given: Any) -> str:
    if not isinstance(given, str):
        raise MalformedRequest("body.id", expected="a string", received=type(given).__name__)
    return stream_id(given)
