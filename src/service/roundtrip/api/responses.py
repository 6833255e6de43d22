"""Builds responses. A state stays JSON text: it is inserted into the body, not parsed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.api.parameters import PREFERENCES, write_cursor
from roundtrip.api.problem_details import CONTENT_TYPE, outcome_document
from roundtrip.api.problem_details import headers as problem_headers
from roundtrip.api.problem_details import problem as describe
from roundtrip.errors import CorruptItem, NotJson, shorten
from roundtrip.limits import COMPRESSED_CHARACTERS
from roundtrip.redux.jsontext import decode, encode, encode_plain

if TYPE_CHECKING:
    from roundtrip.engine.history import EventPage
    from roundtrip.engine.messages import Answer, Changes, Dispatched
    from roundtrip.storage.records import Head, Stream

JSON: Final = "application/json"
_LONG: Final = frozenset({"details", "outcomes", "errors"})


class Response(NamedTuple):
    """An HTTP response; an empty body means none.

    Parameters
    ----------
    shorter
        Sent if `body` is too large: a problem without its lists, or what a committed write is
        answered without the state.
    """

    status: int
    body: str
    headers: dict[str, str]
    shorter: str | None = None


def json_response(
    body: str, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Respond with JSON text."""
    return Response(status, body, {"Content-Type": JSON, **(headers or {})})


def dispatched(answer: Dispatched, location: str, *, preferred: Answer | None = None) -> Response:
    """Respond to a dispatch: 201 if it created the stream, else 200.

    Parameters
    ----------
    preferred
        What the client prefers to learn of the state.
    """
    head = answer.head
    outcomes = [outcome_document(outcome) for outcome in answer.outcomes]
    begin = (
        f'{{"store":{encode(head.stream.store)},"id":{encode(head.stream.id)},'
        f'"version":{head.version},'
    )
    end = f'"outcomes":{encode_plain(outcomes)}}}'
    headers = written(answer, location)
    if preferred is not None and preferred == answer.answer:
        headers["Preference-Applied"] = f"return={PREFERENCES[preferred]}"
    body = f"{begin}{_state(answer)}{end}"
    headers["Content-Type"] = JSON
    if len(end) > COMPRESSED_CHARACTERS:
        end = f'"outcomes":{encode_plain([_brief(outcome) for outcome in outcomes])}}}'
    return Response(201 if answer.created else 200, body, headers, shorter=begin + end)


def _brief(outcome: dict[str, Any]) -> dict[str, Any]:
    if "problem" not in outcome:
        return outcome
    problem = {name: each for name, each in outcome["problem"].items() if name != "details"}
    return {**outcome, "problem": {**problem, "detail": shorten(problem["detail"])}}


def _state(answer: Dispatched) -> str:
    if answer.answer == "nothing":
        return ""
    if answer.changes is not None:
        return f'"since":{answer.changes.since},"changes":{answer.changes.patch_text},'
    return f'"state":{answer.head.state_text},'


def changes(found: Head, since: Changes) -> Response:
    """Respond with what changed after a version."""
    body = (
        f'{{"store":{encode(found.stream.store)},"id":{encode(found.stream.id)},'
        f'"version":{found.version},"since":{since.since},"changes":{since.patch_text},'
        f'"createdAt":{encode(found.created_at)},"updatedAt":{encode(found.updated_at)}}}'
    )
    return json_response(body, headers={"ETag": found.tag})


def part(found: Head, key: str, members: str) -> Response:
    """Respond with a part of the latest state.

    Parameters
    ----------
    key
        Name of the slice.
    members
        What is read of it: the members of a JSON object as text.
    """
    body = (
        f'{{"store":{encode(found.stream.store)},"id":{encode(found.stream.id)},'
        f'"version":{found.version},"slice":{encode(key)},{members}}}'
    )
    return json_response(body, headers={"ETag": found.tag})


def no_content(answer: Dispatched) -> Response:
    """Respond to a deletion."""
    return Response(204, "", written(answer))


def written(answer: Dispatched, location: str | None = None) -> dict[str, str]:
    """Return the headers of a response to a write."""
    headers = {"ETag": answer.head.tag}
    if answer.created and location:
        headers["Location"] = location
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return headers


def head(found: Head) -> Response:
    """Respond with the latest state."""
    body = (
        f'{{"store":{encode(found.stream.store)},"id":{encode(found.stream.id)},'
        f'"version":{found.version},"state":{found.state_text},'
        f'"createdAt":{encode(found.created_at)},"updatedAt":{encode(found.updated_at)}}}'
    )
    return json_response(body, headers={"ETag": found.tag})


def state_at(stream: Stream, version: int, state_text: str, *, tag: str) -> Response:
    """Respond with the state at a version."""
    body = (
        f'{{"store":{encode(stream.store)},"id":{encode(stream.id)},'
        f'"version":{version},"state":{state_text}}}'
    )
    return json_response(body, headers={"ETag": tag})


def events(stream: Stream, page: EventPage) -> Response:
    """Respond with a page of events."""
    body = (
        f'{{"store":{encode(stream.store)},"id":{encode(stream.id)},'
        f'"events":[{",".join(page.texts)}],"next":{encode(page.next)}}}'
    )
    return json_response(body)


def streams(store: str, items: list[dict[str, Any]], next_: str | None) -> Response:
    """Respond with a page of the streams of a store."""
    return json_response(encode({"store": store, "items": items, "next": write_cursor(next_)}))


def listed(head: Head) -> dict[str, Any]:
    """Return a stream as a list shows it, without its state."""
    return {
        "id": head.stream.id,
        "version": head.version,
        "createdAt": head.created_at,
        "updatedAt": head.updated_at,
    }


def entity(head: Head) -> str:
    """Return a state in its CRUD form, as JSON text: its own fields plus id, version and times.

    Raises
    ------
    CorruptItem
        If the saved state is not a JSON object.
    """
    try:
        return encode({**decode(head.state_text), **listed(head)})
    except (NotJson, TypeError, ValueError) as error:
        raise CorruptItem(
            f"{head.stream.label}: the saved state is not a JSON object; `roundtrip repair` "
            "rebuilds it from the events."
        ) from error


def not_modified(tag: str) -> Response:
    """Respond that the caller already has the state with this entity tag."""
    return Response(304, "", {"ETag": tag})


def problem(error: Exception, *, instance: str) -> Response:
    """Respond with problem details."""
    document = describe(error, instance=instance)
    headers = {"Content-Type": CONTENT_TYPE, **problem_headers(error)}
    # Written as ASCII, because a detail may repeat text that is not valid Unicode.
    response = Response(document["status"], json.dumps(document), headers)
    if len(response.body) <= COMPRESSED_CHARACTERS:
        return response
    # What the application tells of its refusals may have any size.
    brief = {name: each for name, each in document.items() if name not in _LONG}
    return response._replace(shorter=json.dumps({**brief, "detail": shorten(brief["detail"])}))
