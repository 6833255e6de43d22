"""Messages from and to clients, as JSON texts. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from roundtrip.api.http_errors import MalformedRequest
from roundtrip.api.problem_details import problem
from roundtrip.redux.jsontext import decode_strict, encode
from roundtrip.storage.records import ID_PATTERN

if TYPE_CHECKING:
    from roundtrip.errors import RequestError
    from streamed.records import Order, Outcome

_UUID: Final = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_REQUEST_ID: Final = r"[\x21-\x7e]{1,128}"
_DISPATCH: Final = frozenset({"action", "id", "eventId", "type", "payload"})
_GET: Final = frozenset({"action", "id", "requestId"})
_ECHOED_CHARACTERS: Final = 128


class Dispatch(NamedTuple):
    """A message that changes an order."""

    order_id: str
    event_id: str
    action: dict[str, Any]
    """``type`` and perhaps ``payload``, not checked yet."""


class Get(NamedTuple):
    """A message that asks for an order."""

    order_id: str
    request_id: str


def message(body: str) -> dict[str, Any]:
    """Read a message; raise `MalformedRequest` if it is not a JSON object."""
    document = decode_strict(body, where="message")
    if not isinstance(document, dict):
        raise MalformedRequest("message", expected="an object", received=type(document).__name__)
    return document


def dispatch(document: dict[str, Any]) -> Dispatch:
    """Read a message of the route ``dispatch``; raise `MalformedRequest` if it is not one."""
    _only(document, _DISPATCH)
    return Dispatch(
        order_id=_order_id(document),
        event_id=_text(document, "eventId", _UUID, "a UUID"),
        action={name: document[name] for name in ("type", "payload") if name in document},
    )


def get(document: dict[str, Any]) -> Get:
    """Read a message of the route ``get``; raise `MalformedRequest` if it is not one."""
    _only(document, _GET)
    return Get(
        order_id=_order_id(document),
        request_id=_text(document, "requestId", _REQUEST_ID, "1 to 128 visible characters"),
    )


def pushed(order: Order, outcome: Outcome) -> bytes:
    """Make the message with the outcome of an event and the current order."""
    reason = "" if outcome.problem is None else f',"problem":{encode(outcome.problem)}'
    return (
        f'{{"id":{encode(order.id)},"version":{order.version},"state":{order.state_text or "null"}'
        f',"eventId":{encode(outcome.event_id)},"status":"{outcome.status}"{reason}}}'
    ).encode()


def refused(document: dict[str, Any], error: RequestError) -> bytes:
    """Make the answer to a dispatch that became no event; the document is what could be read."""
    ids = {name: _echo(document, name) for name in ("id", "eventId")}
    reason = problem(error, instance="/dispatch")
    return encode({**ids, "status": "rejected", "problem": reason}).encode()


def answer(request: Get, order: Order) -> str:
    """Answer a get."""
    return (
        f'{{"requestId":{encode(request.request_id)},"id":{encode(order.id)}'
        f',"version":{order.version},"state":{order.state_text or "null"}}}'
    )


def unanswered(document: dict[str, Any], error: RequestError) -> str:
    """Make the answer to an invalid get; the document is what could be read."""
    request_id = _echo(document, "requestId")
    return encode({"requestId": request_id, "problem": problem(error, instance="/get")})


def _only(document: dict[str, Any], known: frozenset[str]) -> None:
    if strangers := document.keys() - known:
        raise MalformedRequest(
            "message",
            expected=f"only {', '.join(sorted(known))}",
            received=", ".join(map(repr, sorted(strangers))),
        )


def _order_id(document: dict[str, Any]) -> str:
    return _text(document, "id", ID_PATTERN, "1 to 128 of A-Z a-z 0-9 . _ -")


def _text(document: dict[str, Any], name: str, pattern: str, expected: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise MalformedRequest(name, expected=expected, received="no string")
    if not re.fullmatch(pattern, value):
        raise MalformedRequest(name, expected=expected, received=value)
    return value


def _echo(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and len(value) <= _ECHOED_CHARACTERS else None
