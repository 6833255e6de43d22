"""Reads the body of a request."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from roundtrip.api.http_errors import MalformedRequest, UnsupportedEncoding, UnsupportedMediaType
from roundtrip.errors import NotJson, TooLarge
from roundtrip.limits import MAX_BODY_BYTES
from roundtrip.redux.jsontext import decode_strict

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON: Final = re.compile(r"application/(?:[\w.!#$&^-]+\+)?json", re.IGNORECASE)


def read_json(event: Mapping[str, Any], content_type: str | None, encoding: str | None) -> Any:
    """Decode the body of an HTTP API event.

    Parameters
    ----------
    event
        Payload 2.0; the body may be base64.
    content_type, encoding
        The headers ``Content-Type``, which a body needs, and ``Content-Encoding``.

    Raises
    ------
    UnsupportedEncoding
        If the body is encoded.
    UnsupportedMediaType
        If the body is not declared as JSON.
    MalformedRequest
        If there is no body, or it is not valid base64.
    NotJson
        If it is not strict JSON in UTF-8.
    TooLarge
        If it exceeds `MAX_BODY_BYTES`.
    """
    body = event.get("body") or ""
    if encoding and {coding.strip().lower() for coding in encoding.split(",")} - {"identity", ""}:
        raise UnsupportedEncoding(encoding)
    if content_type is None and body:
        raise UnsupportedMediaType(content_type)
    if content_type is not None and not _JSON.fullmatch(content_type.partition(";")[0].strip()):
        raise UnsupportedMediaType(content_type)
    raw = (
        _unwrapped(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
    )
    if len(raw) > MAX_BODY_BYTES:
        raise TooLarge("The body", size_bytes=len(raw), limit_bytes=MAX_BODY_BYTES)
    if not raw:
        raise MalformedRequest("body", expected="a JSON value", received="nothing")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NotJson("body", expected="UTF-8", received=f"other bytes ({error.reason})") from error
    return decode_strict(text, where="body")


def _unwrapped(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequest("body", expected="base64", received=str(error)) from error
