"""The endpoints of collections: CRUD, where every write is an action in the log."""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING, Any

from roundtrip.api import responses
from roundtrip.api.crud_contract import crud_type
from roundtrip.api.http_errors import MalformedRequest
from roundtrip.api.parameters import stream_id, write_cursor
from roundtrip.api.preconditions import if_none_match
from roundtrip.api.store_endpoints import list_streams
from roundtrip.errors import (
    AnswerTooLarge,
    Busy,
    IntegrityError,
    InvalidAction,
    ReplayUnfinished,
    StreamDeleted,
    VersionMismatch,
)
from roundtrip.limits import PAGE_BYTES
from roundtrip.redux.action import Action
from roundtrip.redux.jsontext import encode
from roundtrip.storage.records import Damaged, Head, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundtrip.api.request import Request
    from roundtrip.api.responses import Response
    from roundtrip.engine.messages import Dispatched, IdempotencyKey
    from roundtrip.redux.store import Store

# An arbitrary constant, so that ids derived from a key differ from those of other systems.
_KEYED_IDS = uuid.UUID("5f0b3c0e-6d0f-4c55-9d2a-5a7f3f1c8f52")


class Collection:
    """The CRUD face of a store that has a ``collection``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.path = f"/{store.collection}"

    def create(self, request: Request) -> Response:
        """``POST``: create an entity. Its id is in the body, or new.

        Without an id but with an Idempotency-Key, the id is derived from the key, so that a
        repeated request finds the same stream and its receipt.
        """
        request.query()
        namespace = request.namespace(self._store)
        document = request.json()
        key = request.idempotency_key(document)
        given, fields = _take_id(document)
        try:
            action = self._action(request, "created", fields, like="created")
        except InvalidAction:
            # The request may have been valid, and applied, before the model changed.
            repeated = self._repeated(request, given, key)
            if repeated is None:
                raise
            return self._written(request, repeated, created=True)
        if given is None and key is not None:
            return self._written(request, self._create_keyed(request, action, key), created=True)
        stream = Stream(
            namespace, self._store.name, given or request.service.engine.effects.new_id()
        )
        dispatched = request.dispatch(stream, [action], key=key, likely_new=True)
        return self._written(request, dispatched, created=True)

    def _create_keyed(self, request: Request, action: Action, key: IdempotencyKey) -> Dispatched:
        streams = self._streams_of(request, key)
        while True:
            try:
                return request.dispatch(
                    next(streams), [action], key=key, likely_new=True, must_be_new=True
                )
            except (VersionMismatch, StreamDeleted):
                # It exists, and its receipt has expired: the key is used for another entity.
                if request.header("if-match") is not None:
                    raise

    def _repeated(
        self, request: Request, given: str | None, key: IdempotencyKey | None
    ) -> Dispatched | None:
        if key is None:
            return None
        if given is not None:
            return request.repeated(request.stream(self._store, given), key)
        streams = self._streams_of(request, key)
        while True:
            stream = next(streams)
            dispatched = request.repeated(stream, key)
            if dispatched or request.service.engine.storage.load(stream) is None:
                return dispatched

    def _streams_of(self, request: Request, key: IdempotencyKey) -> Iterator[Stream]:
        """Yield the streams of the entities that a key may have created, oldest first."""
        namespace = request.namespace(self._store)
        for use in itertools.count():
            name = f"{namespace}#{self._store.name}#{use}#{key.receipt}"
            yield Stream(namespace, self._store.name, str(uuid.uuid5(_KEYED_IDS, name)))

    def list(self, request: Request) -> Response:
        """``GET``: a page of the entities that are not deleted, newest first."""
        page = list_streams(request, self._store)
        items: list[str] = []
        room, next_, last = PAGE_BYTES, page.next, None
        for head in page.heads:
            may_end = bool(items) and last is not None
            if may_end and self._exceeds(request, head, room):
                next_ = last
                break
            item = self._item(request, head) or ""
            # The head of a state in parts does not tell all of its size.
            if may_end and len(item) > room:
                next_ = last
                break
            items += [item] if item else []
            room -= len(item)
            # A damaged head does not tell its place in the list, so that no page ends behind it.
            last = f"{head.created_at}#{head.stream.id}" if isinstance(head, Head) else None
        cursor = encode(write_cursor(next_))
        return responses.json_response(f'{{"items":[{",".join(items)}],"next":{cursor}}}')

    def _exceeds(self, request: Request, head: Head | Damaged, room: int) -> bool:
        if isinstance(head, Damaged):
            return False
        late = request.late and head.manifest_text is not None
        size = request.service.engine.parts.size(head)
        return late or room < size <= PAGE_BYTES

    def _item(self, request: Request, head: Head | Damaged) -> str | None:
        def marked(error: Exception) -> str:
            return encode(request.marked(head.stream, error, instance=self._location(head.stream)))

        if isinstance(head, Damaged):
            return marked(head.error)
        if request.late and head.revision != self._store.reducer.revision:
            return marked(ReplayUnfinished(head.stream.label, version=0, target=head.version))
        try:
            current = request.service.engine.history.current(
                self._store, head, deadline_s=request.deadline_s
            )
            # A head of another revision may be deleted once it is rebuilt.
            if current.deleted:
                return None
            if (size := request.service.engine.parts.size(current)) > PAGE_BYTES:
                return marked(_too_large(current, size))
            whole = request.service.engine.history.whole(
                self._store, current, deadline_s=request.deadline_s
            )
            if (size := len(whole.state_text)) > PAGE_BYTES:
                return marked(_too_large(current, size))
            return None if whole.deleted else responses.entity(whole)
        except (IntegrityError, ReplayUnfinished, Busy) as error:
            return marked(error)

    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """``GET /{id}``: one entity."""
        request.query()
        history, stream = request.service.engine.history, request.stream(self._store, id)
        head = history.living_head(self._store, stream, deadline_s=request.deadline_s)
        if if_none_match(request.header("if-none-match"), tag := head.tag):
            return responses.not_modified(tag)
        whole = history.living(self._store, head, deadline_s=request.deadline_s)
        headers = {"ETag": whole.tag}
        return responses.json_response(responses.entity(whole), headers=headers)

    def replace(self, request: Request, id: str) -> Response:  # noqa: A002
        """``PUT /{id}``: set every field of an existing entity."""
        return self._update(request, id, like="created")

    def change(self, request: Request, id: str) -> Response:  # noqa: A002
        """``PATCH /{id}``: set some fields of an existing entity."""
        return self._update(request, id, like="updated")

    def delete(self, request: Request, id: str) -> Response:  # noqa: A002
        """``DELETE /{id}``: delete an entity; its history remains."""
        request.query()
        stream = request.stream(self._store, id)
        dispatched = request.dispatch(
            stream,
            [Action(crud_type(self._store, "deleted"))],
            key=request.idempotency_key(None),
            must_exist=True,
        )
        return responses.no_content(dispatched)

    def _update(self, request: Request, id: str, *, like: str) -> Response:  # noqa: A002
        request.query()
        stream = request.stream(self._store, id)
        document = request.json()
        key = request.idempotency_key(document)
        try:
            action = self._action(request, "updated", document, like=like)
        except InvalidAction:
            dispatched = request.repeated(stream, key)
            if dispatched is None:
                raise
        else:
            dispatched = request.dispatch(stream, [action], key=key, must_exist=True)
        return self._written(request, dispatched, created=False)

    def _action(self, request: Request, verb: str, document: Any, *, like: str) -> Action:
        return request.service.validator.entity(self._store, verb, document, like=like)

    def _written(self, request: Request, dispatched: Dispatched, *, created: bool) -> Response:
        if dispatched.head.deleted:
            # The request is repeated, and its entity was deleted in the meantime.
            head = dispatched.head
            raise StreamDeleted(head.stream.label, version=head.version)
        location = request.reference(self._location(dispatched.head.stream))
        response = responses.json_response(
            responses.entity(dispatched.head),
            status=201 if created else 200,
            headers=responses.written(dispatched, location),
        )
        return response._replace(shorter=encode(responses.listed(dispatched.head)))

    def _location(self, stream: Stream) -> str:
        return f"{self.path}/{stream.id}"


def _too_large(head: Head, size_bytes: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        head.stream.label,
        size_bytes=size_bytes,
        limit_bytes=PAGE_BYTES,
        advice="A list shows no larger state; read it alone.",
    )


def _take_id(document: Any) -> tuple[str | None, Any]:
    if not isinstance(document, dict) or "id" not in document:
        return None, document
    given = document["id"]
    if not isinstance(given, str):
        raise MalformedRequest("body.id", expected="a string", received=type(given).__name__)
    return stream_id(given), {name: value for name, value in document.items() if name != "id"}
