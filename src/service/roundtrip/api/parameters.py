"""Reads the headers, query and path of a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from roundtrip.api.http_errors import MalformedRequest
from roundtrip.engine.partial import Place
from roundtrip.limits import MAX_KEY_CHARACTERS
from roundtrip.storage.records import ID_CHARACTERS, ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtrip.engine.messages import Answer

_KEY: Final = rf"[\x21-\x7e]{{1,{MAX_KEY_CHARACTERS}}}"
_NUMBER: Final = r"[0-9]{1,12}"
CURSOR_PATTERN: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z~" + ID_CHARACTERS
)
"""A position in a listing: creation time and id of a stream, safe in a URL."""

ENTITY_CURSOR_PATTERN: Final = r"[0-9]{1,15}~[\s\S]*"
"""A position in a slice: ordinal and id of an entity."""

_FLAGS: Final = {"true": True, "false": False}

_RETURN: Final[dict[str, Answer]] = {
    "representation": "state",
    "changes": "changes",
    "minimal": "nothing",
}
# What a list of preferences has between its commas; a quoted string may have commas itself. One
# without an end takes the rest, so that no text is searched twice.
_PREFERENCE: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"?|[^",])+')
PREFERENCES: Final = {answer: name for name, answer in _RETURN.items()}


def stream_id(value: str) -> str:
    """Check an id.

    Raises
    ------
    MalformedRequest
        If it is not 1 to `MAX_ID_CHARACTERS` of ``A-Z a-z 0-9 . _ -``, or is ``.`` or ``..``.
    """
    if not re.fullmatch(ID_PATTERN, value):
        raise _malformed("id", "1 to 128 of A-Z a-z 0-9 . _ -, and not . or ..", value)
    return value


def idempotency_key(value: str | None) -> str | None:
    """Read ``Idempotency-Key`` and remove the quotes that its draft standard puts around it.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
    """
    if value is None:
        return None
    key = value.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not re.fullmatch(_KEY, key):
        raise _malformed("header Idempotency-Key", "1 to 255 visible ASCII characters", value)
    return key


class Query:
    """The query string of a request.

    Parameters
    ----------
    parameters
        As API Gateway passes them: the values of a repeated name are joined by a comma.
    known
        The names that the endpoint reads. Any other name is an error, so that a typo is not
        silently ignored.

    Raises
    ------
    MalformedRequest
        On an unknown name.
    """

    def __init__(self, parameters: Mapping[str, str], *known: str) -> None:
        for name in parameters:
            if name not in known:
                expected = f"one of {', '.join(known)}" if known else "no query parameter"
                raise _malformed("query", expected, name)
        self._parameters = parameters

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        """Read a whole number within bounds."""
        value = self._parameters.get(name)
        if value is None:
            return default
        if not re.fullmatch(_NUMBER, value) or not least <= int(value) <= most:
            raise _malformed(f"query {name}", f"a whole number from {least} to {most}", value)
        return int(value)

    def optional_number(self, name: str, *, most: int) -> int | None:
        """Read a whole number from 0; ``None`` if absent."""
        if name not in self._parameters:
            return None
        return self.number(name, default=0, least=0, most=most)

    def has(self, *names: str) -> bool:
        """Return whether one of the names is there."""
        return not self._parameters.keys().isdisjoint(names)

    def flag(self, name: str) -> bool:
        """Read ``true`` or ``false``; false if absent."""
        value = self._parameters.get(name, "false")
        if value not in _FLAGS:
            raise _malformed(f"query {name}", "true or false", value)
        return _FLAGS[value]

    def cursor(self) -> str | None:
        """Read a cursor that `write_cursor` wrote."""
        value = self._parameters.get("cursor")
        if value is None:
            return None
        if not re.fullmatch(CURSOR_PATTERN, value):
            raise _malformed("query cursor", "the value of next from the previous page", value)
        return value.replace("~", "#")

    def place(self) -> Place | None:
        """Read a cursor that `write_place` wrote."""
        value = self._parameters.get("cursor")
        if value is None:
            return None
        if not re.fullmatch(ENTITY_CURSOR_PATTERN, value):
            raise _malformed("query cursor", "the value of next from the previous page", value)
        ordinal, _, key = value.partition("~")
        return Place(int(ordinal), key)


def write_place(place: Place | None) -> str | None:
    """Convert a position in a slice to a cursor."""
    return place and f"{place.ordinal}~{place.key}"


def write_cursor(position: str | None) -> str | None:
    """Convert a position in a listing to a cursor that is safe in a URL."""
    return position and position.replace("#", "~")


def _malformed(where: str, expected: str, received: str) -> MalformedRequest:
    return MalformedRequest(where, expected=expected, received=repr(received))


def preferred_answer(value: str | None) -> Answer | None:
    """Return what a client prefers a response to a dispatch to say; ``None`` without preference.

    The header is ``Prefer``: https://www.rfc-editor.org/rfc/rfc7240.
    Preferences that are unknown, or come a second time, are ignored, as the standard says.

    Examples
    --------
    >>> preferred_answer('respond-async, return="changes"; x=1')
    'changes'
    >>> preferred_answer('note="a, return=minimal"') is None
    True
    """
    for preference in _PREFERENCE.findall(value or ""):
        name, _, chosen = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            return _RETURN.get(chosen.strip().strip('"').lower())
    return None
