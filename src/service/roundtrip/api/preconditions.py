"""Reads the conditions of a request on the version of a stream, and writes its entity tag."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Final, TypeAlias

from roundtrip.api.http_errors import MalformedRequest
from roundtrip.errors import shorten

Expected: TypeAlias = int | str | None
"""The version that a write requires: a number, ``"any"`` existing one, or ``None``: no condition.

A tag that is not a version is kept as text and matches no version.
"""

ENTITY_TAG: Final = r'"[0-9]{1,12}\.[0-9a-f]{8}"'
"""Form of an `entity_tag`."""

_ETAG: Final = r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*'
_VERSION: Final = r"([1-9][0-9]{0,11})(?:\.([0-9a-f]{8}))?"


def entity_tag(version: int, revision: str) -> str:
    """Return the ``ETag`` of a state: its version, and a digest of the revision that made it.

    Another revision may make another state of the same events, which a cache must not take for
    the one that it has.

    Examples
    --------
    >>> entity_tag(7, "1")
    '"7.6b86b273"'
    """
    return f'"{version}.{_digest(revision)}"'


@lru_cache(maxsize=256)
def _digest(revision: str) -> str:
    return hashlib.sha256(revision.encode()).hexdigest()[:8]


def if_match(value: str | None, revision: str) -> Expected:
    """Read ``If-Match``, https://www.rfc-editor.org/rfc/rfc9110#name-if-match.

    Parameters
    ----------
    value
        ``*``, an `entity_tag`, or a version in double quotes, which means any revision.
    revision
        The running one.

    Examples
    --------
    >>> if_match('"7"', "1"), if_match('"7.6b86b273"', "1"), if_match("*", "1")
    (7, 7, 'any')
    >>> if_match('"7.6b86b273"', "2"), if_match('W/"7"', "1"), if_match('"0"', "1")
    ('"7.6b86b273"', 'W/"7"', '"0"')
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
    if known is None or known[2] not in (None, _digest(revision)):
        return shorten(value.strip())
    return int(known[1])


def write_precondition(match: str | None, none_match: str | None, revision: str) -> Expected:
    """Read ``If-Match``, or ``If-None-Match: *``, which requires that nothing exists yet.

    Raises
    ------
    MalformedRequest
        If both are present, or ``If-None-Match`` names versions, which applies to reads only.
    """
    if none_match is None:
        return if_match(match, revision)
    if match is not None or none_match.strip() != "*":
        raise _malformed("If-None-Match", "* alone, on a write", none_match)
    return 0


def if_none_match(value: str | None, tag: str) -> bool:
    """Return whether ``If-None-Match`` names an entity tag, so that the response is 304.

    https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match

    Examples
    --------
    >>> tag = entity_tag(7, "1")
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
