"""Reads the conditions of a request on the version of a stream, and writes its entity tag."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, TypeAlias

from roundtrip.api.http_errors import MalformedRequest
from roundtrip.errors import shorten

Expected: TypeAlias = int | str | None
"""What a write requires: a version, ``"any"`` existing one, the tag of a state, or nothing.

A tag that cannot be one is kept as text and matches no state.
"""

ENTITY_TAG: Final = r'"[0-9]{1,12}\.[0-9a-f]{8}"'
"""Form of the tag of a state, see `roundtrip.storage.records.Head.tag`."""

_ETAG: Final = r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*'
_VERSION: Final = r"([1-9][0-9]{0,11})(?:\.([0-9a-f]{8}))?"


def old_entity_tag(version: int, state_text: str) -> str:
    """Return the ``ETag`` of the state at a version, whoever made it.

    Examples
    --------
    >>> old_entity_tag(7, "{}")
    '"7.d905e156"'
    """
    return f'"{version}.{blake2b(state_text.encode(), digest_size=4).hexdigest()}"'


def if_match(value: str | None) -> Expected:
    """Read ``If-Match``, https://www.rfc-editor.org/rfc/rfc9110#name-if-match.

    Parameters
    ----------
    value
        ``*``, the tag of a state, or a version in double quotes, which means any state of it.

    Examples
    --------
    >>> if_match('"7"'), if_match('"7.6b86b273"'), if_match("*")
    (7, '"7.6b86b273"', 'any')
    >>> if_match('W/"7"'), if_match('"0"')
    ('W/"7"', '"0"')
    """
    if value is None:
        return None
    if value.strip() == "*":
        return "any"
    found = re.fullmatch(_ETAG, value)
    if not found:
        raise _malformed("If-Match", 'one entity tag, such as "7", or *', value)
    weak, tag = found.groups()
    known = None if weak else re.fullmatch(_VERSION, tag)
    if known is None:
        return shorten(value.strip())
    return f'"{tag}"' if known[2] else int(known[1])


def write_precondition(match: str | None, none_match: str | None) -> Expected:
    """Read ``If-Match``, or ``If-None-Match: *``, which requires that nothing exists yet.

    Raises
    ------
    MalformedRequest
        If both are present, or ``If-None-Match`` names versions, which applies to reads only.
    """
    if none_match is None:
        return if_match(match)
    if match is not None or none_match.strip() != "*":
        raise _malformed("If-None-Match", "* alone, on a write", none_match)
    return 0


def if_none_match(value: str | None, tag: str) -> bool:
    """Return whether ``If-None-Match`` names an entity tag, so that the response is 304.

    https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match

    Examples
    --------
    >>> tag = '"7.6b86b273"'
    >>> if_none_match(f'"6", W/{tag}', tag), if_none_match('"7"', tag), if_none_match(None, tag)
    (True, False, False)
    """
    if value is None:
        return False
    if value.strip() == "*":
        return True
    found = [re.fullmatch(_ETAG, part) for part in value.split(",")]
    if not all(found):
        raise _malformed("If-None-Match", 'entity tags, such as "7.6b86b273"', value)
    return any(each is not None and f'"{each[2]}"' == tag for each in found)


def _malformed(header: str, expected: str, received: str) -> MalformedRequest:
    return MalformedRequest(f"header {header}", expected=expected, received=repr(received))
