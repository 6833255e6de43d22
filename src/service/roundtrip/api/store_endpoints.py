"""The endpoints of stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtrip.api import responses
from roundtrip.api.http_errors import MalformedRequest
from roundtrip.api.parameters import preferred_answer, stream_id
from roundtrip.api.preconditions import if_none_match, old_entity_tag
from roundtrip.errors import InvalidAction
from roundtrip.limits import LAST_VERSION, MAX_EVENTS, MAX_STREAMS, PAGE_BYTES
from roundtrip.storage.records import Damaged

if TYPE_CHECKING:
    from roundtrip.api.request import Request
    from roundtrip.api.responses import Response
    from roundtrip.redux.store import Store
    from roundtrip.storage.records import HeadPage


def post_actions(request: Request, store: str, id: str) -> Response:  # noqa: A002
    """``POST /stores/{store}/{id}/actions``: dispatch one action, or an array in order."""
    root = request.service.store(store)
    stream = request.stream(root, id)
    query = request.query("atomic", "since")
    atomic = query.flag("atomic")
    since = query.optional_number("since", most=LAST_VERSION)
    preferred = preferred_answer(request.header("prefer"))
    document = request.json()
    key = request.idempotency_key(document)
    try:
        actions = request.service.validator.actions(root, document)
    except InvalidAction:
        # The request may have been valid, and applied, before the models changed.
        dispatched = request.repeated(stream, key, answer=preferred, since=since)
        if dispatched is None:
            raise
    else:
        dispatched = request.dispatch(
            stream, actions, key=key, atomic=atomic, answer=preferred, since=since
        )
    location = request.reference(f"/stores/{store}/{id}")
    return responses.dispatched(dispatched, location, preferred=preferred)


def get_state(request: Request, store: str, id: str) -> Response:  # noqa: A002
    """``GET /stores/{store}/{id}``: the state, the one at ``?version=N``, or what changed.

    ``?since=N`` asks for the changes after a version; the answer is the whole state where that is
    smaller, or the version is too old.
    """
    root = request.service.store(store)
    stream = request.stream(root, id)
    query = request.query("version", "since")
    since = query.optional_number("since", most=LAST_VERSION)
    version = query.number("version", default=0, least=1, most=LAST_VERSION)
    known = request.header("if-none-match")
    if version and since is not None:
        raise MalformedRequest("query", expected="version or since", received="both")
    if version:
        state_text = request.service.engine.history.state_at(
            root, stream, version, deadline_s=request.deadline_s
        )
        tag = old_entity_tag(version, state_text)
        if if_none_match(known, tag):
            return responses.not_modified(tag)
        return responses.state_at(stream, version, state_text, tag=tag)
    history = request.service.engine.history
    head = history.living_head(root, stream, deadline_s=request.deadline_s)
    if if_none_match(known, tag := head.tag):
        return responses.not_modified(tag)
    changes = None
    if since is None:
        head = history.living(root, head, deadline_s=request.deadline_s)
    else:
        head, changes = history.changes(root, head, since, deadline_s=request.deadline_s)
    return responses.head(head) if changes is None else responses.changes(head, changes)


def get_events(request: Request, store: str, id: str) -> Response:  # noqa: A002
    """``GET /stores/{store}/{id}/events``: the events, oldest first."""
    stream = request.stream(request.service.store(store), stream_id(id))
    query = request.query("after", "limit")
    page = request.service.engine.history.events(
        stream,
        after=query.number("after", default=0, least=0, most=LAST_VERSION),
        limit=query.number("limit", default=100, least=1, most=MAX_EVENTS),
        max_bytes=PAGE_BYTES,
    )
    return responses.events(stream, page)


def get_streams(request: Request, store: str) -> Response:
    """``GET /stores/{store}``: the streams, newest first."""
    page = list_streams(request, request.service.store(store))
    items = [
        request.marked(head.stream, head.error, instance=f"/stores/{store}/{head.stream.id}")
        if isinstance(head, Damaged)
        else responses.listed(head)
        for head in page.heads
    ]
    return responses.streams(store, items, page.next)


def list_streams(request: Request, store: Store) -> HeadPage:
    """Read the requested page of the streams of a store."""
    query = request.query("limit", "cursor")
    return request.service.engine.storage.heads(
        request.namespace(store),
        store.name,
        before=query.cursor(),
        limit=query.number("limit", default=20, least=1, most=MAX_STREAMS),
    )
