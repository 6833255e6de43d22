"""The endpoints that read a part of a state: a slice, a page of its entities, or one entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.api import responses
from roundtrip.api.http_errors import MalformedRequest
from roundtrip.api.named_slices import named_slice
from roundtrip.api.parameters import write_place
from roundtrip.api.preconditions import if_none_match
from roundtrip.engine.partial import entity_page, entity_text, part_with, parts_of
from roundtrip.errors import EntityNotFound, SliceNotFound
from roundtrip.limits import MAX_ENTITIES
from roundtrip.redux.jsontext import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from roundtrip.api.named_slices import NamedSlice
    from roundtrip.api.request import Request
    from roundtrip.api.responses import Response
    from roundtrip.redux.parts import PartKey
    from roundtrip.redux.snapshot import Snapshot
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import Head


def get_slice(request: Request, store: str, id: str, slice: str) -> Response:  # noqa: A002
    """``GET .../slices/{slice}``: the state of a slice.

    ``?limit=`` or ``?cursor=`` asks for a page of its entities.
    """
    root = request.service.store(store)
    query = request.query("limit", "cursor")
    after = query.place()
    limit = query.number("limit", default=100, least=1, most=MAX_ENTITIES)
    found = named_slice(root, slice)
    paged = query.has("limit", "cursor")
    if paged and not found.holds_entities:
        expected = "no page: the slice holds no entities"
        raise MalformedRequest("query", expected=expected, received="limit or cursor")
    head = _head(request, root, id)
    known = _is_known(request, head)
    # The manifest tells whether there is such a slice.
    head, snapshot = _read(request, root, head, _nothing if known else parts_of(found.key))
    if found.key not in snapshot.slices:
        raise SliceNotFound(store, slice, list(snapshot.slices))
    if known:
        return responses.not_modified(head.tag)
    if paged:
        page = entity_page(snapshot, found.key, after=after, limit=limit)
        members = (
            f'"rest":{snapshot.rests[found.key]},"items":[{",".join(page.texts)}],'
            f'"next":{encode(write_place(page.next))}'
        )
    else:
        members = f'"state":{snapshot.slice_text(found.key)}'
    return responses.part(head, slice, members)


def get_entity(
    request: Request,
    store: str,
    id: str,  # noqa: A002
    slice: str,  # noqa: A002
    entity: str,
) -> Response:
    """``GET .../slices/{slice}/{entity}``: one entity, as it is in the state."""
    root = request.service.store(store)
    request.query()
    found = named_slice(root, slice)
    wanted = part_with(found.key, entity)
    head, snapshot = _read(request, root, _head(request, root, id), wanted)
    response = entity_response(head, snapshot, found, entity)
    return responses.not_modified(head.tag) if _is_known(request, head) else response


def entity_response(head: Head, snapshot: Snapshot, found: NamedSlice, entity: str) -> Response:
    """Respond with one entity, whose part is loaded.

    Raises
    ------
    EntityNotFound
        If there is none with that id.
    """
    text = entity_text(snapshot, found.key, entity)
    if text is None:
        where = f"{head.stream.label}, slice {found.name},"
        raise EntityNotFound(where, entity, version=head.version)
    return responses.json_response(text, headers={"ETag": head.tag})


def _head(request: Request, store: Store, stream_id: str) -> Head:
    return request.service.engine.history.living_head(
        store, request.stream(store, stream_id), deadline_s=request.deadline_s
    )


def _is_known(request: Request, head: Head) -> bool:
    return if_none_match(request.header("if-none-match"), head.tag)


def _read(
    request: Request,
    store: Store,
    head: Head,
    wanted: Callable[[Snapshot], Iterable[PartKey]],
) -> tuple[Head, Snapshot]:
    return request.service.engine.partial.read(store, head, wanted, deadline_s=request.deadline_s)


def _nothing(_: Snapshot) -> tuple[PartKey, ...]:
    return ()
