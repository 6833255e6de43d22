"""Finds where two JSON values differ."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any, Final

from roundtrip.errors import shorten
from roundtrip.redux.jsontext import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABSENT: Final = object()
_SHOWN: Final = 5


def told(before: str, after: str, *, was: str, now: str) -> str:
    """Describe where two JSON texts differ, by JSON Pointers; empty if they are the same value.

    The order of members does not matter. 1, 1.0 and true are three different values.

    Parameters
    ----------
    was, now
        What ``before`` and ``after`` are, for readers.

    Examples
    --------
    >>> told('{"n":3,"a":[]}', '{"a":["x"],"n":3.0}', was="recorded", now="today")
    '/n is 3 recorded, 3.0 today; /a/0 is nothing recorded, "x" today'
    """
    if before == after:
        return ""
    found = list(islice(_differences(decode(before), decode(after), ""), _SHOWN + 1))
    places = [
        f"{pointer or 'the whole state'} is {_shown(one)} {was}, {_shown(other)} {now}"
        for pointer, one, other in found[:_SHOWN]
    ]
    return "; ".join([*places, "and more"] if len(found) > _SHOWN else places)


def _differences(before: Any, after: Any, pointer: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            token = name.replace("~", "~0").replace("/", "~1")
            member = before.get(name, _ABSENT), after.get(name, _ABSENT)
            yield from _differences(*member, f"{pointer}/{token}")
    elif isinstance(before, list) and isinstance(after, list):
        elements = zip_longest(before, after, fillvalue=_ABSENT)
        for index, (one, other) in enumerate(elements):
            yield from _differences(one, other, f"{pointer}/{index}")
    elif _text(before) != _text(after):
        yield pointer, before, after


def _text(value: Any) -> str:
    return "nothing" if value is _ABSENT else encode(value)


def _shown(value: Any) -> str:
    return shorten(_text(value))
