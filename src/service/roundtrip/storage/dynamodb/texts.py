"""Texts as attributes of items, compressed where that makes them smaller. Pure."""

from __future__ import annotations

import zlib
from typing import Any, Final

from roundtrip.errors import ChangesTooLarge, StateTooLarge, TooLarge
from roundtrip.redux.jsontext import check_stored
from roundtrip.redux.parts import packed

TOO_LARGE: Final[dict[str, type[TooLarge]]] = {
    "commit": ChangesTooLarge,
    "actions": ChangesTooLarge,
    "outcomes": ChangesTooLarge,
    "receipt": ChangesTooLarge,
    "touched": ChangesTooLarge,
}
"""The refusal of each text or item, where it is not `StateTooLarge`."""

_ENDS: Final = ("{}", "[]")
_CHECKED_CHARACTERS: Final = 4096
_COMPRESS_FROM_BYTES: Final = 512
# Level 3 saves nearly as much as the default level 6 in a third of the time. A window of 8 KB needs
# little memory, whose allocation would take longer than to compress a small text.
# https://zlib.net/manual.html#Advanced
_QUICK: Final = (3, zlib.DEFLATED, 13, 6)
# Upper bound: DynamoDB stores two digits per byte and at most 38 digits.
_NUMBER_BYTES: Final = 21


def pack(what: str, text: str, limit_bytes: int, *, small: bool = False) -> dict[str, Any]:
    """Return a text as an attribute.

    Parameters
    ----------
    what
        Its name in a refusal.
    small
        Whether it is worth some more time to make it smaller.

    Raises
    ------
    TooLarge
        If it has more bytes than the limit.
    """
    plain = text.encode()
    if len(plain) > limit_bytes:
        refusal = TOO_LARGE.get(what, StateTooLarge)
        raise refusal(f"The {what}", size_bytes=len(plain), limit_bytes=limit_bytes)
    if len(plain) >= _COMPRESS_FROM_BYTES:
        found = packed(plain) if small else _quickly_packed(plain)
        if len(found) < len(plain):
            return {"B": found}
    return {"S": text}


def _quickly_packed(plain: bytes) -> bytes:
    compressor = zlib.compressobj(*_QUICK)
    return compressor.compress(plain) + compressor.flush()


def text_of(attribute: dict[str, Any]) -> str:
    """Return the text of an attribute.

    Raises
    ------
    ValueError, zlib.error
        If it cannot be unpacked.
    """
    if "B" in attribute:
        # The compression has a checksum.
        return zlib.decompress(bytes(attribute["B"])).decode()
    text: str = attribute["S"]
    return text


def unpack(attribute: dict[str, Any], *, parsed_later: bool = False) -> str:
    """Return the JSON text of an attribute.

    Parameters
    ----------
    parsed_later
        Whether the caller finds out if it is JSON.

    Raises
    ------
    ValueError, zlib.error
        If it cannot be unpacked, is cut off, or was never JSON.
    """
    text = text_of(attribute)
    if "B" in attribute:
        return text
    # A larger one takes long to parse; its ends show whether it is cut off or was never JSON.
    unknown = text[:1] + text[-1:] not in _ENDS
    if unknown or (len(text) <= _CHECKED_CHARACTERS and not parsed_later):
        check_stored(text)
    return text


def value_bytes(value: dict[str, Any]) -> int:
    """Return the size of an attribute without its name, in bytes, rounded up."""
    ((kind, content),) = value.items()
    if kind == "N":
        return _NUMBER_BYTES
    return len(content.encode()) if kind == "S" else len(content)
