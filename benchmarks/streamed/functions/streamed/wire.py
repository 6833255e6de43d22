"""Messages of and to clients, as JSON texts. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.errors import MalformedRequest
from roundtrip.api.headers import ID_PATTERN
from roundtrip.api.problems import problem
from roundtrip.redux.jsontext import decode_strict, encode

if TYPE_CHECKING:
    from roundtrip.errors import RequestError
    from streamed.records import Order, Outcome

_UUID: Final = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_REQUEST_ID: Final = r"[\x21-\x7e]{1,128}"
_DISPATCH: Final = frozenset({"action", "id", "eventId", "type", "payload"})
_GET: Final = frozenset({"action", "id", "requestId"})
_ECHOED_CHARACTERS: Final = 128


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What a client sends to change an order.

    Parameters
    ----------
    order_id
        Of which order.
    event_id
        What the client calls the event; a repetition has the same.
    action
        ``type`` and perhaps ``payload``, not yet checked.
    """

    order_id: str
    event_id: str
    action: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Get:
    """What a client sends to see an order.

    Parameters
    ----------
    order_id
        Of the order.
    request_id
        What the answer is to be recognised by.
    """

    order_id: str
    request_id: str


def message(body: str) -> dict[str, Any]:
    """Read a message.

    Raises
    ------
    MalformedRequest
        When it is no JSON object.
    """
    document = decode_strict(body, where="message")
    if not isinstance(document, dict):
        raise MalformedRequest("message", expected="an object", received=type(document).__name__)
    return document


def dispatch(document: dict[str, Any]) -> Dispatch:
    """Read a message of the route ``dispatch``.

    Raises
    ------
    MalformedRequest
        When it has another form.
    """
    _only(document, _DISPATCH)
    return Dispatch(
        order_id=_text(document, "id", ID_PATTERN, "1 to 128 of A-Z a-z 0-9 . _ -"),
        event_id=_text(document, "eventId", _UUID, "a UUID"),
        action={name: document[name] for name in ("type", "payload") if name in document},
    )


def get(document: dict[str, Any]) -> Get:
    """Read a message of the route ``get``.

    Raises
    ------
    MalformedRequest
        When it has another form.
    """
    _only(document, _GET)
    return Get(
        order_id=_text(document, "id", ID_PATTERN, "1 to 128 of A-Z a-z 0-9 . _ -"),
        request_id=_text(document, "requestId", _REQUEST_ID, "1 to 128 visible characters"),
    )


def pushed(order: Order, outcome: Outcome) -> bytes:
    """Tell what came of an event, and what the order is now."""
    reason = "" if outcome.problem is None else f',"problem":{encode(outcome.problem)}'
    return (
        f'{{"id":{encode(order.id)},"version":{order.version},"state":{order.state_text or "null"}'
        f',"eventId":{encode(outcome.event_id)},"status":"{outcome.status}"{reason}}}'
    ).encode()


def refused(document: dict[str, Any], error: RequestError) -> bytes:
    """Tell that a dispatch became no event; ``document`` is as much of it as could be read."""
    return encode(
        {
            "id": _echo(document, "id"),
            "eventId": _echo(document, "eventId"),
            "status": "rejected",
            "problem": problem(error, instance="/dispatch"),
        }
    ).encode()


def answer(request: Get, order: Order) -> str:
    """Answer a get."""
    return (
        f'{{"requestId":{encode(request.request_id)},"id":{encode(order.id)}'
        f',"version":{order.version},"state":{order.state_text or "null"}}}'
    )


def unanswered(document: dict[str, Any], error: RequestError) -> str:
    """Tell why a get has no answer; ``document`` is as much of it as could be read."""
    return encode(
        {
            "requestId": _echo(document, "requestId"),
            "problem": problem(error, instance="/get"),
        }
    )


def _only(document: dict[str, Any], known: frozenset[str]) -> None:
    if strangers := document.keys() - known:
        raise MalformedRequest(
            "message",
            expected=f"only {', '.join(sorted(known))}",
            received=", ".join(map(repr, sorted(strangers))),
        )


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
